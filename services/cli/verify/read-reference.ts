import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { outputNames, type OutputName } from '#src/domain/encoder-output.ts';
import { patchGrid, type ModelSpec } from '#src/domain/model-spec.ts';
import { readSafetensors, type FloatTensors } from './read-safetensors.ts';
import { syntheticNames } from './synthetic-image.ts';

/** What the FP32 reference says of built-in images. */
export interface Reference {
  /** Names of the images, in the order of the rows. */
  readonly cases: readonly string[];
  /** By output [cases, D] or [cases, P, D], row-major. One that is missing is one that the file lacks. */
  readonly outputs: ReadonlyMap<OutputName, Float32Array>;
}

const fileName = 'golden.safetensors';
const again = 'export the model again';
const manifestSchema = z.object({ goldenDigest: z.string().optional() });

async function readDigest(folder: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(folder, 'export.json'), 'utf8');
    return manifestSchema.parse(JSON.parse(text)).goldenDigest;
  } catch {
    return undefined;
  }
}

/**
 * The reference outputs of a model's folder (`golden.safetensors`, written by the export, its digest in `export.json`), or why they
 * cannot be used, as a gate says it.
 */
export async function readReference(folder: string, spec: ModelSpec): Promise<Reference | string> {
  const bytes = await readFile(join(folder, fileName)).catch(() => undefined);
  if (bytes === undefined) return `${fileName} is missing; ${again}`;
  const digest = await readDigest(folder);
  if (digest === undefined) return `export.json holds no digest of ${fileName}; ${again}`;
  if (createHash('sha256').update(bytes).digest('hex') !== digest)
    return `${fileName} is not the exported file`;
  try {
    return toReference(readSafetensors(bytes), spec);
  } catch {
    return `${fileName} is not in the known form`;
  }
}

function toReference({ metadata, tensors }: FloatTensors, spec: ModelSpec): Reference | string {
  const cases = (metadata['cases'] ?? '').split(',');
  const unknown = cases.find((name) => !syntheticNames.includes(name));
  if (unknown !== undefined) return `${fileName} has an image of an unknown name: ${unknown}`;
  if (new Set(cases).size !== cases.length) return `${fileName} names an image twice`;
  const { rows, columns } = patchGrid(spec);
  const shapes = {
    cls: [cases.length, spec.dimension],
    patch_mean: [cases.length, spec.dimension],
    patch_tokens: [cases.length, rows * columns, spec.dimension],
  };
  const outputs = new Map<OutputName, Float32Array>();
  for (const name of outputNames) {
    const tensor = tensors.get(name);
    if (tensor === undefined) continue;
    if (tensor.shape.join() !== shapes[name].join()) {
      return `${fileName} is of another form: ${name} [${tensor.shape.join(', ')}], expected [${shapes[name].join(', ')}]`;
    }
    outputs.set(name, tensor.values);
  }
  return { cases, outputs };
}
