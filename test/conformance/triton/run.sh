#!/usr/bin/env bash
# The contract suite against a real tritonserver as well as the embedded encoder.
#   bash test/conformance/triton/run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)

TESSERA_TRITON_VENV=$(bash "$root/.ci/venv" triton "$here/requirements.txt")
export TESSERA_TRITON_VENV
cd "$root"
exec npx vitest run --project contract
