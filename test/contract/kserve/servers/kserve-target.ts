import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { writeModelRepository } from '#src/infer/repository/write-model-repository.ts';
import { loadModelSpecs } from '#src/infer/specs/load-model-specs.ts';
import { createKserveClient, type KserveClient } from '../client/kserve-client.ts';
import { startEncoder } from './start-encoder.ts';
import { startTriton } from './start-triton.ts';

export type ServerKind = 'embedded encoder' | 'Triton';

/** A running server of the suite with its own fresh repository, and a client of it. */
export interface KserveTarget {
  readonly address: string;
  readonly client: KserveClient;
  /** The specs from which its repository was written. */
  readonly specs: readonly ModelSpec[];
  /** Resolves with the exit code of the server. Safe to call twice. */
  stop(): Promise<number | null>;
}

const defaultModelDir = 'triton-models';

export interface KserveTargetOptions {
  /** Needed for Triton only. */
  readonly tritonVenv?: string | undefined;
  /** Where the models lie, if not with the default ones. Triton needs `python/model.py` there. */
  readonly modelDir?: string;
  /** Models to serve instead of the default ones as they are. */
  readonly specs?: readonly ModelSpec[];
}

/** Starts one of the servers over the default models and resolves when they are ready. */
export async function startTarget(
  kind: ServerKind,
  options: KserveTargetOptions = {},
): Promise<KserveTarget> {
  const modelDir = options.modelDir ?? defaultModelDir;
  const specs =
    options.specs ?? (await loadModelSpecs(modelDir)).filter(({ name }) => name.startsWith('demo_'));
  const repositoryDir = await mkdtemp(join(tmpdir(), 'tessera-contract-'));
  const target = kind === 'Triton' ? 'python' : 'onnxruntime';
  await writeModelRepository({ specs, target, outDir: repositoryDir, modelDir });
  const server =
    kind === 'Triton'
      ? await startTriton({ venv: options.tritonVenv!, repositoryDir })
      : await startEncoder(
          repositoryDir,
          specs.map((spec) => spec.name),
        );
  const client = createKserveClient(server.address);
  let ending: Promise<number | null> | undefined;
  const end = async (): Promise<number | null> => {
    client.close();
    const code = await server.stop();
    await rm(repositoryDir, { recursive: true });
    return code;
  };
  return { address: server.address, client, specs, stop: () => (ending ??= end()) };
}
