#!/usr/bin/env bash
# The default models against the transformers implementation with the same weights: the exported files, then the running encoder.
#   bash test/conformance/encoder-parity/run.sh [VENV]      without VENV, one is made in .cache/
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)

venv=${1:-$(bash "$root/.ci/venv" encoder-parity "$here/requirements.txt")}
cd "$root"
# One thread: two beside another busy process can be many times slower than one.
export OMP_NUM_THREADS=1
# No model hub is asked for anything.
export HF_HUB_OFFLINE=1 HF_HUB_DISABLE_PROGRESS_BARS=1 TRANSFORMERS_VERBOSITY=error PYTHONDONTWRITEBYTECODE=1
exec node_modules/.bin/node test/conformance/tritonclient/run.ts "$venv/bin/python" "$here/check_parity.py"
