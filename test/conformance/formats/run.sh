#!/usr/bin/env bash
# Starts the gateway on a free port and reads its array replies with NumPy and with the safetensors library.
#   bash test/conformance/formats/run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)

venv=$(bash "$root/.ci/venv" formats "$here/requirements.txt")
exec "$root/node_modules/.bin/node" "$root/test/conformance/run.ts" "$venv/bin/python" "$here/check_formats.py"
