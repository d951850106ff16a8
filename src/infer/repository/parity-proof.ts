import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#src/domain/app-error.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { sha256File } from './sha256-file.ts';
import { renderTextProto } from './text-proto.ts';

/** The configuration of an engine that announces no weights yet; `config.pbtxt` is made of it. */
export const unprovenConfig = 'config.unproven.pbtxt';
/** What passed, and of which plan. */
export const proofName = 'parity.json';

async function readUnproven(folder: string, { name }: ModelSpec): Promise<string> {
  return readFile(join(folder, unprovenConfig), 'utf8').catch((cause: unknown) => {
    throw new AppError('malformed-request', `${name} is no model of a TensorRT repository.`, { cause });
  });
}

async function digestOfPlan(folder: string, { name, version }: ModelSpec): Promise<string> {
  return sha256File(join(folder, version, 'model.plan')).catch((cause: unknown) => {
    throw new AppError('malformed-request', `The engine of ${name} is not built yet.`, { cause });
  });
}

/** Of which plan the proof in the folder is; undefined when there is none that can be read. */
async function provenPlan(folder: string): Promise<unknown> {
  try {
    const proof = JSON.parse(await readFile(join(folder, proofName), 'utf8')) as { planDigest?: unknown };
    return proof.planDigest;
  } catch {
    return undefined;
  }
}

/** A proof in the making: of the plan that lay in the folder when it was begun. */
export interface ParityProof {
  /** Is the plan still that one? */
  readonly isSamePlan: () => Promise<boolean>;
  /**
   * Records that the plan has passed its gates, and lets the configuration announce the weights, without which a gateway does not use
   * it (architecture, 6). A server sees it when it reads the folder again.
   * @param measured what was measured, for people and audits.
   */
  readonly record: (measured: object) => Promise<void>;
  /** Takes an earlier proof back: the engine announces no weights. */
  readonly withdraw: () => Promise<void>;
}

/**
 * Begins a proof, before the server is asked anything. A proof that lies there already and is of another plan is taken back at once.
 * Throws AppError `malformed-request` when the folder is not that of a TensorRT model, or holds no plan; then nothing is announced.
 */
export async function beginParityProof(folder: string, spec: ModelSpec): Promise<ParityProof> {
  const unproven = await readUnproven(folder, spec);
  const withdraw = async (): Promise<void> => {
    await writeFile(join(folder, 'config.pbtxt'), unproven);
    await rm(join(folder, proofName), { force: true });
  };
  const planDigest = await digestOfPlan(folder, spec).catch(async (thrown: unknown) => {
    await withdraw();
    throw thrown;
  });
  if ((await provenPlan(folder)) !== planDigest) await withdraw();
  return {
    isSamePlan: async () => (await digestOfPlan(folder, spec).catch(() => undefined)) === planDigest,
    record: async (measured) => {
      const proof = { weightsDigest: spec.weightsDigest, planDigest, ...measured };
      await writeFile(join(folder, proofName), `${JSON.stringify(proof, null, 2)}\n`);
      await writeFile(join(folder, 'config.pbtxt'), unproven + renderAnnouncement(spec));
    },
    withdraw,
  };
}

const renderAnnouncement = ({ weightsDigest }: ModelSpec): string =>
  renderTextProto([
    [
      'parameters',
      {
        message: [
          ['key', { scalar: 'tessera.weights_digest' }],
          ['value', { message: [['string_value', { scalar: weightsDigest }]] }],
        ],
      },
    ],
  ]);
