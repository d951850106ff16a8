import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleForm } from '#test/support/gateway-client.ts';
import { startGateway, type RunningGateway } from '#test/support/start-gateway.ts';

const int8 = 'demo_vit_int8_224';
let folder: string;
let gateway: RunningGateway;
/** A model that is announced as INT8 and whose manifest says nothing of a head. */
function addInt8(): void {
  cpSync(join(folder, 'demo_vit_224'), join(folder, int8), { recursive: true });
  for (const file of ['spec.json', 'config.pbtxt']) {
    const path = join(folder, int8, file);
    const text = readFileSync(path, 'utf8').replaceAll('fp32', 'int8');
    writeFileSync(path, text.replaceAll(/demo_vit(?=_224"|")/g, 'demo_vit_int8'));
  }
}
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-refused-'));
  for (const name of ['demo_vit_224', 'demo_vit_448']) {
    cpSync(join('triton-models', name), join(folder, name), { recursive: true });
  }
  rmSync(join(folder, 'demo_vit_448/LICENSE'));
  addInt8();
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
const noGate = 'the INT8 engine has not passed the gate of the head’s AUC: export.json has no parity.head';
const noText = 'no licence text lies beside the model';

describe('a model whose licence text is missing, and an INT8 engine whose head was not compared', () => {
  test('are listed as not ready, with the reason, and are not used; the other one is', async () => {
    const { data } = (await (await fetch(`${gateway.url}/v1/models`)).json()) as {
      data: readonly { id: string; ready: boolean; notReadyReason: string | null }[];
    };
    const states = data.map(({ id, notReadyReason }) => [id, notReadyReason]);
    expect(states).toEqual([
      ['demo_vit_224', null],
      ['demo_vit_448', noText],
      [int8, noGate],
    ]);
    for (const [model, reason] of [
      ['demo_vit_448', noText],
      [int8, noGate],
    ] as const) {
      const reply = await embed(model);
      expect(reply.status).toBe(404);
      expect(await reply.json()).toMatchObject({
        code: 'model-refused',
        detail: expect.stringContaining(reason) as string,
      });
    }
    expect((await embed('demo_vit_224')).status).toBe(200);
  });

  test('stand in /readyz, which is ready', async () => {
    const response = await fetch(`${gateway.url}/readyz`);
    expect(response.status).toBe(200);
    const { dependencies } = (await response.json()) as { dependencies: readonly object[] };
    expect(dependencies).toContainEqual({ name: 'model-demo_vit_448', isReady: false, detail: noText });
    expect(dependencies).toContainEqual({ name: `model-${int8}`, isReady: false, detail: noGate });
  });

  test.each([
    ['demo_vit_448', /exit code 78[^]*TESSERA_DEFAULT_MODEL: no licence text lies beside the model\. Put it/],
    [int8, /exit code 78[^]*TESSERA_DEFAULT_MODEL: the INT8 engine .*\. Export it again with --head-data\./],
  ])('%s as the default model ends the start with code 78 and says what to do', async (name, said) => {
    const env = { TESSERA_MODEL_DIR: folder, TESSERA_DEFAULT_MODEL: name };
    await expect(startGateway({ env })).rejects.toThrow(said);
  });
});
