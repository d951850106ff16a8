import type { ModelSpec } from '#src/domain/model-spec.ts';
import { unprovenConfig } from './parity-proof.ts';

/** Batch for which TensorRT picks its kernels: what a gateway under load sends, and not more than a model takes. */
const optimalBatch = 8;

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function buildLine({ name, version, input, precision, maxBatchSize }: ModelSpec): string {
  const shape = (batch: number): string =>
    quote(`${input.name}:${batch}x${input.channels}x${input.height}x${input.width}`);
  const shapes = [
    `--minShapes=${shape(1)}`,
    `--optShapes=${shape(Math.min(optimalBatch, maxBatchSize))}`,
    `--maxShapes=${shape(maxBatchSize)}`,
  ];
  // TF32 keeps ten bits of a product's factors: too few for the gates of FP32.
  const exact = precision === 'fp32' ? ['--noTF32'] : [];
  return ['build', name, version, ...exact, ...shapes].join(' ');
}

/**
 * A bash script that builds the plans of a TensorRT repository with trtexec and then has them verified. Types are those of the graph
 * (`--stronglyTyped`): precision is decided by the export, not by a flag here, and no layer falls into FP16 unseen.
 */
export function renderEngineScript(specs: readonly ModelSpec[]): string {
  return `#!/usr/bin/env bash
# Builds the TensorRT engines of this repository, and lets them be verified.
#   bash build-engines.sh
# Run it where the engines will serve: on that GPU, inside the very image of the server. A plan fits no other GPU and no other version.
#   TRTEXEC                  the program, when it is not on the path
#   TESSERA                  the command line of Tessera, when it is not \`npx tessera\` in the folder in which this is started
#   TESSERA_VERIFY_ENCODER   host:port of a Triton that serves this folder and polls or is started anew; unset: one is started here
set -euo pipefail
start=$PWD
cd "$(dirname "\${BASH_SOURCE[0]}")"
repository=$PWD
trtexec=\${TRTEXEC:-trtexec}
command -v "$trtexec" > /dev/null || { echo "trtexec is not on the path; set TRTEXEC." >&2; exit 2; }

# build MODEL VERSION FLAG…
build() {
  local model=$1 folder=$1/$2
  shift 2
  echo "== $model"
  # A new plan has not been compared with anything yet.
  rm -f "$model/parity.json"
  cp "$model/${unprovenConfig}" "$model/config.pbtxt"
  "$trtexec" --onnx="$folder/model.onnx" --saveEngine="$folder/model.plan.part" \\
    --timingCacheFile=timing.cache --stronglyTyped --skipInference "$@"
  mv "$folder/model.plan.part" "$folder/model.plan"
}

${specs.map(buildLine).join('\n')}

# Without this step no gateway uses the engines: they announce the space of their weights only when they have passed it.
verify=(models verify ${specs.map(({ name }) => name).join(' ')} --write-parity "$repository")
if [[ -n \${TESSERA_VERIFY_ENCODER:-} ]]; then
  encoder=$TESSERA_VERIFY_ENCODER
elif command -v tritonserver > /dev/null; then
  encoder=127.0.0.1:18001
  tritonserver --model-repository="$repository" --allow-http=false --allow-metrics=false \\
    --grpc-address=127.0.0.1 --grpc-port=18001 &
  server=$!
  trap 'kill $server 2> /dev/null; wait $server || true' EXIT
  until (exec 3<> /dev/tcp/127.0.0.1/18001) 2> /dev/null; do
    kill -0 $server || exit 1
    sleep 1
  done
else
  echo "The engines are built but not verified. Start Triton over $repository, then:" >&2
  echo "  TESSERA_MODEL_DIR=$repository npx tessera \${verify[*]} --encoder HOST:8001" >&2
  exit 3
fi
cd "$start"
TESSERA_MODEL_DIR=$repository \${TESSERA:-npx tessera} "\${verify[@]}" --encoder "$encoder"
`;
}
