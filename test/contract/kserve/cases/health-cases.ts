import { expect, test } from 'vitest';
import { healthService, inferenceService } from '#src/infer/triton/service-definition.ts';
import type { KserveTarget } from '../servers/kserve-target.ts';

/** HealthCheckResponse.ServingStatus.SERVING */
const serving = 1;

/** Liveness and readiness of the server and of its models. */
export function defineHealthCases(target: () => KserveTarget): void {
  test('the server is live, and ready once its models are', async () => {
    const { client } = target();
    expect(await client.call(inferenceService.serverLive, {})).toMatchObject({ live: true });
    expect(await client.call(inferenceService.serverReady, {})).toMatchObject({ ready: true });
  });

  test('each model is ready, with its version named or not', async () => {
    const { client, specs } = target();
    for (const { name, version } of specs) {
      for (const request of [{ name }, { name, version }]) {
        expect(await client.call(inferenceService.modelReady, request)).toMatchObject({ ready: true });
      }
    }
  });

  test.each([{ name: 'nosuch' }, { name: 'demo_vit_224', version: '9' }])(
    'a model or version that does not exist is not ready, and that is no error: %j',
    async (request) => {
      const response = await target().client.call(inferenceService.modelReady, request);
      expect(response.ready).toBe(false);
    },
  );

  test('grpc.health.v1 says SERVING for the server and for the inference service', async () => {
    const { client } = target();
    for (const service of ['', 'inference.GRPCInferenceService']) {
      expect((await client.call(healthService.check, { service })).status).toBe(serving);
    }
  });
}
