import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleForm } from '#test/support/gateway-client.ts';
import { startGateway, type RunningGateway } from '#test/support/start-gateway.ts';

let folder: string;
let gateway: RunningGateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-licence-'));
  for (const name of ['demo_vit_224', 'demo_vit_448']) {
    cpSync(join('triton-models', name), join(folder, name), { recursive: true });
  }
  rmSync(join(folder, 'demo_vit_448/LICENSE'));
  gateway = await startGateway({ env: { TESSERA_MODEL_DIR: folder } });
});
afterAll(async () => {
  expect(await gateway.stop()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

const embed = (model: string): Promise<Response> => {
  const form = sampleForm(1);
  form.append('model', model);
  return fetch(`${gateway.url}/v1/embeddings`, { method: 'POST', body: form });
};
const noText = 'no licence text lies beside the model';

describe('a model whose licence text is missing', () => {
  test('is listed as not ready, with the reason, and is not used; the other one is', async () => {
    const { data } = (await (await fetch(`${gateway.url}/v1/models`)).json()) as {
      data: readonly { id: string; ready: boolean; notReadyReason: string | null }[];
    };
    const states = data.map(({ id, notReadyReason }) => [id, notReadyReason]);
    expect(states).toEqual([
      ['demo_vit_224', null],
      ['demo_vit_448', noText],
    ]);
    expect((await embed('demo_vit_448')).status).toBe(503);
    expect((await embed('demo_vit_224')).status).toBe(200);
  });

  test('stands in /readyz, which is ready', async () => {
    const response = await fetch(`${gateway.url}/readyz`);
    expect(response.status).toBe(200);
    const { dependencies } = (await response.json()) as { dependencies: readonly object[] };
    expect(dependencies).toContainEqual({ name: 'model-demo_vit_448', isReady: false, detail: noText });
  });

  test('as the default model ends the start with code 78 and says what to do', async () => {
    const env = { TESSERA_MODEL_DIR: folder, TESSERA_DEFAULT_MODEL: 'demo_vit_448' };
    await expect(startGateway({ env })).rejects.toThrow(
      /exit code 78[^]*TESSERA_DEFAULT_MODEL: no licence text lies beside the model\. Put it there as LICENSE/,
    );
  });
});
