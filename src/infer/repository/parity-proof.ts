import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#src/domain/app-error.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { renderTextProto } from './text-proto.ts';

/** The configuration of an engine that announces no weights yet; `config.pbtxt` is made of it. */
export const unprovenConfig = 'config.unproven.pbtxt';
const proofName = 'parity.json';

async function readUnproven(folder: string, { name }: ModelSpec): Promise<string> {
  return readFile(join(folder, unprovenConfig), 'utf8').catch((cause: unknown) => {
    throw new AppError('malformed-request', `${name} is no model of a TensorRT repository.`, { cause });
  });
}

async function planDigest(folder: string, { name, version }: ModelSpec): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(folder, version, 'model.plan')), hash).catch((cause: unknown) => {
    throw new AppError('malformed-request', `The engine of ${name} is not built yet.`, { cause });
  });
  return hash.digest('hex');
}

/**
 * Records that an engine has passed its gates (`parity.json`, with the digest of the plan that passed), and lets its configuration
 * announce the weights, without which a gateway does not use it (architecture, 6). A server sees it when it reads the folder again.
 * Throws AppError `malformed-request` when the folder is not that of a TensorRT model with a plan.
 * @param measured what was measured, for people and audits.
 */
export async function writeParityProof(folder: string, spec: ModelSpec, measured: object): Promise<void> {
  const unproven = await readUnproven(folder, spec);
  const proof = {
    weightsDigest: spec.weightsDigest,
    planDigest: await planDigest(folder, spec),
    ...measured,
  };
  await writeFile(join(folder, proofName), `${JSON.stringify(proof, null, 2)}\n`);
  const announcement = renderTextProto([
    [
      'parameters',
      {
        message: [
          ['key', { scalar: 'tessera.weights_digest' }],
          ['value', { message: [['string_value', { scalar: spec.weightsDigest }]] }],
        ],
      },
    ],
  ]);
  await writeFile(join(folder, 'config.pbtxt'), unproven + announcement);
}

/** Takes the proof back: the engine announces no weights. Throws as `writeParityProof`. */
export async function withdrawParityProof(folder: string, spec: ModelSpec): Promise<void> {
  const unproven = await readUnproven(folder, spec);
  await rm(join(folder, proofName), { force: true });
  await writeFile(join(folder, 'config.pbtxt'), unproven);
}
