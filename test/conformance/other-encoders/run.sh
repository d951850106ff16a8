#!/usr/bin/env bash
# Encoders that are not DINOv3, with random weights: torch → ONNX → wrap_onnx.py → the gateway; spoiled ones and unusable graphs are
# refused.
#   bash test/conformance/other-encoders/run.sh [VENV]      without VENV, that of the suite `export` is used or made
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)

venv=${1:-$(bash "$root/.ci/venv" export "$root/test/conformance/export/requirements.txt")}
# One thread: two beside another busy process can be many times slower than one.
export OMP_NUM_THREADS=1
# No model hub is asked for anything.
export HF_HUB_OFFLINE=1 HF_HUB_DISABLE_PROGRESS_BARS=1 TRANSFORMERS_VERBOSITY=error PYTHONDONTWRITEBYTECODE=1 TQDM_DISABLE=1
exec "$venv/bin/python" "$here/check_wrap.py"
