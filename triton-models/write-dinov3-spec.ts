/**
 * Writes the spec of one model of the DINOv3 family, with the digest of its weights:
 *   node triton-models/write-dinov3-spec.ts --variant dinov3_vits16 --size 224 --weights DIR --out REPOSITORY [--precision fp16]
 * The file is REPOSITORY/<model>/spec.json; its path is printed. Refused when the weights are another variant's.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDinov3Spec, type Dinov3SpecRequest } from '#src/infer/specs/create-dinov3-spec.ts';
import { findDinov3ConfigFaults } from '#src/infer/specs/find-dinov3-config-faults.ts';
import { weightsDigest } from '#src/infer/specs/weights-digest.ts';

const { values } = parseArgs({
  options: {
    variant: { type: 'string' },
    size: { type: 'string' },
    weights: { type: 'string' },
    out: { type: 'string' },
    precision: { type: 'string', default: 'fp32' },
  },
});
const { variant, size, weights, out, precision } = values;
if (variant === undefined || size === undefined || weights === undefined || out === undefined) {
  throw new Error('--variant, --size, --weights and --out are wanted');
}
if (!isPrecision(precision)) throw new Error(`--precision ${precision} is none of fp32, fp16, int8`);

const faults = findDinov3ConfigFaults(
  variant,
  await readJson(join(weights, 'config.json')),
  await readJson(join(weights, 'preprocessor_config.json')),
);
if (faults.length > 0) throw new Error(`the weights are not those of ${variant}: ${faults.join('; ')}`);

const digest = await weightsDigest(weights);
const spec = createDinov3Spec({ variant, size: Number(size), weightsDigest: digest, precision });
const path = join(out, spec.name, 'spec.json');
await mkdir(join(out, spec.name), { recursive: true });
await writeFile(path, `${JSON.stringify(spec, null, 2)}\n`);
console.log(path);

async function readJson(file: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
}

function isPrecision(text: string): text is NonNullable<Dinov3SpecRequest['precision']> {
  return ['fp32', 'fp16', 'int8'].includes(text);
}
