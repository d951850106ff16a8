#!/usr/bin/env bash
# Starts the gateway with its embedded encoder on a free port and lets the official OpenAI client use it.
#   bash test/conformance/openai/run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)

venv=$(bash "$root/.ci/venv" openai "$here/requirements.txt")
exec "$root/node_modules/.bin/node" "$root/test/conformance/run.ts" "$venv/bin/python" "$here/check_client.py"
