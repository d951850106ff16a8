#!/usr/bin/env bash
# Makes the golden files of test/golden again with the reference implementations and compares them with the committed ones.
#   bash test/conformance/golden/run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
golden="$root/test/golden"
data="${TESSERA_TEST_DATA_DIR:-$root/../shared/data}/open"
again=$(mktemp -d)
trap 'rm -rf "$again"' EXIT

# What is generated is deleted first, so that a file which nothing makes any more shows as a difference.
cp -R "$golden/." "$again"
rm -rf "$again"/{few-shot,principal-components}/golden.json "$again"/preprocess/{inputs,expected,golden.json} "$again"/{webp,tiff,bmp-gif}/{inputs,golden.json}

python="$(bash "$root/.ci/venv" golden-few-shot "$golden/few-shot/requirements.txt")/bin/python"
"$python" "$again/few-shot/make-golden.py"
"$python" "$again/principal-components/make-golden.py"

python="$(bash "$root/.ci/venv" golden-preprocess "$golden/preprocess/requirements.txt")/bin/python"
"$python" "$again/preprocess/make_golden.py"
"$python" "$again/webp/make_golden.py"
"$python" -W ignore "$again/tiff/make_golden.py"
"$python" "$again/bmp-gif/make_golden.py"
skip=()
if [[ -d $data ]]; then
  rm "$again/preprocess/open-data.json"
  "$python" "$again/preprocess/make_open_data_golden.py" "$data"
else
  echo "$data is absent: open-data.json cannot be made again"
  skip=(--skip preprocess/open-data.json)
fi

"$python" "$here/compare.py" "$golden" "$again" ${skip[@]+"${skip[@]}"}
