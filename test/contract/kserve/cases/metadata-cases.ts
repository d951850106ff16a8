import { expect, test } from 'vitest';
import { patchGrid, type ModelSpec } from '#src/domain/model-spec.ts';
import { inferenceService } from '#src/infer/triton/service-definition.ts';
import type { KserveTarget } from '../servers/kserve-target.ts';

/** Data type numbers of inference.DataType. */
const dataTypes = { UINT8: 2, FP16: 10, FP32: 11 } as const;

/** ModelInstanceGroup.Kind.KIND_CPU */
const kindCpu = 2;

const everyOutput = (spec: ModelSpec) =>
  [
    { name: 'cls', datatype: 'FP32', dims: [spec.dimension] },
    { name: 'patch_mean', datatype: 'FP32', dims: [spec.dimension] },
    {
      name: 'patch_tokens',
      datatype: 'FP16',
      dims: [patchGrid(spec).rows * patchGrid(spec).columns, spec.dimension],
    },
  ] as const;
const outputsOf = (spec: ModelSpec) => everyOutput(spec).filter(({ name }) => spec.outputs.includes(name));

/** What the server says about itself and its models, against the specs. */
export function defineMetadataCases(target: () => KserveTarget): void {
  test('the server names itself and the extensions that the suite uses', async () => {
    const metadata = await target().client.call(inferenceService.serverMetadata, {});
    expect(metadata.name).not.toBe('');
    expect(metadata.version).toMatch(/^\d+\.\d+\.\d+/);
    const used = ['model_repository', 'model_configuration', 'statistics'];
    expect(metadata.extensions).toEqual(expect.arrayContaining(used));
  });

  test('the metadata of each model states the tensors of its spec, the batch dimension as -1', async () => {
    const { client, specs } = target();
    for (const spec of specs) {
      const metadata = await client.call(inferenceService.modelMetadata, { name: spec.name });
      const { channels, height, width } = spec.input;
      expect(metadata.name).toBe(spec.name);
      expect(metadata.versions).toEqual([spec.version]);
      expect(metadata.platform).not.toBe('');
      expect(metadata.inputs).toHaveLength(1);
      expect(metadata.inputs).toMatchObject([
        { name: 'image', datatype: 'UINT8', shape: [-1, channels, height, width] },
      ]);
      expect(metadata.outputs).toHaveLength(spec.outputs.length);
      expect(metadata.outputs).toMatchObject(
        outputsOf(spec).map(({ name, datatype, dims }) => ({ name, datatype, shape: [-1, ...dims] })),
      );
    }
  });

  test('the configuration of each model states dims without the batch, its limit and its scheduling', async () => {
    const { client, specs } = target();
    for (const spec of specs) {
      const { config } = await client.call(inferenceService.modelConfig, { name: spec.name });
      const { channels, height, width } = spec.input;
      expect(config).toMatchObject({
        name: spec.name,
        maxBatchSize: spec.maxBatchSize,
        versionPolicy: { specific: { versions: [1] } },
        input: [{ name: 'image', dataType: dataTypes.UINT8, dims: [channels, height, width] }],
        output: outputsOf(spec).map(({ name, datatype, dims }) => ({
          name,
          dataType: dataTypes[datatype],
          dims,
        })),
        instanceGroup: [{ kind: kindCpu }],
        dynamicBatching: { defaultQueuePolicy: { allowTimeoutOverride: true, maxQueueSize: 128 } },
      });
      expect(config!.instanceGroup![0]!.count).toBeGreaterThanOrEqual(1);
    }
  });

  test('the configuration announces weights, engine and precision', async () => {
    const { client, specs } = target();
    for (const spec of specs) {
      const { config } = await client.call(inferenceService.modelConfig, { name: spec.name });
      expect(config?.parameters).toMatchObject({
        'tessera.weights_digest': { stringValue: spec.weightsDigest },
        'tessera.engine': { stringValue: 'onnxruntime-cpu' },
        'tessera.precision': { stringValue: spec.precision },
      });
    }
  });
}
