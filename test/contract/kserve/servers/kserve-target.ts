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
  /** Resolves with the exit code of the server. */
  stop(): Promise<number | null>;
}

const modelDir = 'triton-models';

/** 16 images of 448² are 4.8 MB of patch tokens: more than the 4 MiB that grpc-js receives by default. */
const largeBatch = 16;

async function readSpecs(): Promise<readonly ModelSpec[]> {
  const specs = await loadModelSpecs(modelDir);
  return specs.map((spec) => (spec.name === 'demo_vit_448' ? { ...spec, maxBatchSize: largeBatch } : spec));
}

/** Starts one of the servers over the default models. @param tritonVenv needed for Triton only. */
export async function startTarget(kind: ServerKind, tritonVenv?: string): Promise<KserveTarget> {
  const repositoryDir = await mkdtemp(join(tmpdir(), 'tessera-contract-'));
  const specs = await readSpecs();
  const target = kind === 'Triton' ? 'python' : 'onnxruntime';
  await writeModelRepository({ specs, target, outDir: repositoryDir, modelDir });
  const server =
    kind === 'Triton'
      ? await startTriton({ venv: tritonVenv!, repositoryDir })
      : await startEncoder(repositoryDir);
  const client = createKserveClient(server.address);
  const stop = async (): Promise<number | null> => {
    client.close();
    const code = await server.stop();
    await rm(repositoryDir, { recursive: true });
    return code;
  };
  return { address: server.address, client, specs, stop };
}
