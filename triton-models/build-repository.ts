import { parseArgs } from 'node:util';
import { writeModelRepository } from '#src/infer/repository/write-model-repository.ts';
import { loadModelSpecs } from '#src/infer/specs/load-model-specs.ts';

/*
 * Writes a runnable model repository from the specs beside this file:
 *   node triton-models/build-repository.ts --target onnx|python --out DIR [--model NAME]… [--instances N]
 * Without --model, all models. `--out triton-models` with the target onnx (onnxruntime is the same) renews the committed
 * config.pbtxt files. For TensorRT, which wants a lint first: tessera models build --target tensorrt.
 */
const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    out: { type: 'string' },
    model: { type: 'string', multiple: true },
    instances: { type: 'string', default: '1' },
  },
});
const { out } = values;
const target = values.target === 'onnx' ? 'onnxruntime' : values.target;
const instances = Number(values.instances);
if ((target !== 'onnxruntime' && target !== 'python') || out === undefined || !(instances >= 1)) {
  console.error('usage: build-repository.ts --target onnx|python --out DIR [--model NAME]… [--instances N]');
  process.exit(2);
}

const modelDir = import.meta.dirname;
const known = await loadModelSpecs(modelDir);
const names = values.model ?? known.map((spec) => spec.name);
const unknown = names.filter((name) => !known.some((spec) => spec.name === name));
if (unknown.length > 0) {
  console.error(`no such model: ${unknown.join(', ')}; known: ${known.map((spec) => spec.name).join(', ')}`);
  process.exit(2);
}
const specs = known.filter((spec) => names.includes(spec.name));
await writeModelRepository({ specs, target, outDir: out, modelDir, options: { instances } });
console.log(`wrote ${specs.map((spec) => spec.name).join(', ')} for ${target}`);
