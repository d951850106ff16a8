#!/usr/bin/env bash
# Starts the embedded encoder on a free port and lets the official Python client of Triton use it.
#   bash test/conformance/tritonclient/run.sh [VENV]      without VENV, one is made in .cache/
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)

venv=${1:-$(bash "$root/.ci/venv" tritonclient "$here/requirements.txt")}
cd "$root"
exec node_modules/.bin/node "$here/run.ts" "$venv/bin/python" "$here/check_client.py"
