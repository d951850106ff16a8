import { afterAll, beforeAll, describe } from 'vitest';
import { loadModelSpecs } from '#src/infer/specs/load-model-specs.ts';
import { defineComparisonCases } from './cases/comparison-cases.ts';
import { defineGoldenCases } from './cases/golden-cases.ts';
import { defineHealthCases } from './cases/health-cases.ts';
import { defineInferCases } from './cases/infer-cases.ts';
import { defineMetadataCases } from './cases/metadata-cases.ts';
import { defineRepositoryCases } from './cases/repository-cases.ts';
import { defineStatisticsCases } from './cases/statistics-cases.ts';
import { defineStreamCases } from './cases/stream-cases.ts';
import { startTarget, type KserveTarget, type ServerKind } from './servers/kserve-target.ts';
import { findTritonVenv } from './servers/start-triton.ts';

const tritonVenv = findTritonVenv();
const targets = new Map<ServerKind, KserveTarget>();
const targetOf = (kind: ServerKind) => (): KserveTarget => targets.get(kind)!;

/** 16 images of 448² are 4.8 MB of patch tokens: more than the 4 MiB that grpc-js receives by default. */
const largeBatch = 16;

async function start(kind: ServerKind): Promise<void> {
  const specs = (await loadModelSpecs('triton-models')).map((spec) =>
    spec.name === 'demo_vit_448' ? { ...spec, maxBatchSize: largeBatch } : spec,
  );
  targets.set(kind, await startTarget(kind, { tritonVenv, specs }));
}

beforeAll(async () => {
  await start('embedded encoder');
  if (tritonVenv !== undefined) await start('Triton');
});
afterAll(async () => {
  await Promise.all([...targets.values()].map((target) => target.stop()));
});

describe.each<ServerKind>(['embedded encoder', 'Triton'])('KServe v2 contract: %s', (kind) => {
  const isAbsent = kind === 'Triton' && tritonVenv === undefined;
  const target = targetOf(kind);
  describe.skipIf(isAbsent)('health', () => defineHealthCases(target));
  describe.skipIf(isAbsent)('metadata and configuration', () => defineMetadataCases(target));
  describe.skipIf(isAbsent)('inference', () => defineInferCases(target));
  describe.skipIf(isAbsent)('reference values', () => defineGoldenCases(target));
  describe.skipIf(isAbsent)('stream inference', () => defineStreamCases(target));
  describe.skipIf(isAbsent)('statistics', () => defineStatisticsCases(target));
  describe.skipIf(isAbsent)('repository', () => defineRepositoryCases(target));
});

describe.skipIf(tritonVenv === undefined)('KServe v2 contract: the embedded encoder beside Triton', () => {
  defineComparisonCases(targetOf('embedded encoder'), targetOf('Triton'));
});
