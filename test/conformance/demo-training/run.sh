#!/usr/bin/env bash
# The demo encoder's training with a tiny network on drawn data, its parts, and the figures of its evaluation.
#   bash test/conformance/demo-training/run.sh [VENV]      without VENV, one is made in .cache/
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)

venv=${1:-$(bash "$root/.ci/venv" demo-training "$here/requirements.txt")}
# One thread: two beside another busy process can be many times slower than one.
export OMP_NUM_THREADS=1
# No model hub is asked for anything.
export HF_HUB_OFFLINE=1 HF_HUB_DISABLE_PROGRESS_BARS=1 TRANSFORMERS_VERBOSITY=error PYTHONDONTWRITEBYTECODE=1 TQDM_DISABLE=1
exec "$venv/bin/python" "$here/check_training.py"
