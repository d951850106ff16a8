#!/usr/bin/env bash
# The README's three commands from weights to a served model, as they stand there, against a hub on this machine.
#   bash test/conformance/three-commands/run.sh [VENV]      without VENV, one is made in .cache/ (that of the export suite)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)

venv=${1:-$(bash "$root/.ci/venv" export "$here/../export/requirements.txt")}
cd "$root"
# One thread: two beside another busy process can be many times slower than one.
export OMP_NUM_THREADS=1
export HF_HUB_OFFLINE=1 HF_HUB_DISABLE_PROGRESS_BARS=1 TRANSFORMERS_VERBOSITY=error PYTHONDONTWRITEBYTECODE=1 TQDM_DISABLE=1
exec node_modules/.bin/node test/conformance/three-commands/run.ts "$venv/bin/python"
