#!/usr/bin/env bash
# Starts the gateway on a free port and holds its OpenAPI description against the OpenAPI specification and against its replies.
#   bash test/conformance/openapi/run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)

venv=$(bash "$root/.ci/venv" openapi "$here/requirements.txt")
exec "$root/node_modules/.bin/node" "$root/test/conformance/run.ts" "$venv/bin/python" "$here/check_document.py"
