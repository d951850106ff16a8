import { expect, test } from 'vitest';
import { inferenceService } from '#src/infer/triton/service-definition.ts';
import { inferImages, inferRequest } from '../client/infer-images.ts';
import { failureOf } from '../client/kserve-client.ts';
import { rowCosines } from '../client/cosine.ts';
import { randomImages, syntheticImage } from '../client/synthetic-images.ts';
import type { KserveTarget } from '../servers/kserve-target.ts';
import { errorCases } from './error-cases.ts';

const model = 'demo_vit_224';
const size = 224;
const image = syntheticImage('disc', size);

/** ModelInfer: selection, batches, large replies, deadlines and every error. */
export function defineInferCases(target: () => KserveTarget): void {
  test.each([
    { asked: ['cls'] },
    { asked: ['patch_mean'] },
    { asked: ['patch_tokens'] },
    { asked: ['patch_mean', 'cls'] },
    { asked: [] },
  ])('only the outputs that are asked for come back: $asked (none asked: all)', async ({ asked }) => {
    const outputs = await inferImages(target().client, model, [image], size, asked);
    const expected = asked.length === 0 ? ['cls', 'patch_mean', 'patch_tokens'] : asked;
    expect([...outputs.keys()].sort()).toEqual([...expected].sort());
  });

  test('outputs have the datatype, shape and byte length that the metadata states', async () => {
    const outputs = await inferImages(target().client, model, [image, image], size);
    const cases = [
      ['cls', 'FP32', [2, 192]],
      ['patch_mean', 'FP32', [2, 192]],
      ['patch_tokens', 'FP16', [2, 196, 192]],
    ] as const;
    for (const [name, datatype, shape] of cases) {
      const output = outputs.get(name)!;
      expect(output).toMatchObject({ datatype, shape });
      expect(output.values).toHaveLength(shape.reduce((product, length) => product * length, 1));
      expect(output.values.every(Number.isFinite)).toBe(true);
    }
  });

  test('the reply names the model, the version it ran and the id of the request', async () => {
    const request = { ...inferRequest(model, [image], size, ['cls']), id: 'a-1' };
    const reply = await target().client.call(inferenceService.modelInfer, request);
    expect(reply).toMatchObject({ modelName: model, modelVersion: '1', id: 'a-1' });
  });

  test('a version may be named', async () => {
    const request = { ...inferRequest(model, [image], size, ['cls']), modelVersion: '1' };
    expect(await target().client.call(inferenceService.modelInfer, request)).toMatchObject({
      modelVersion: '1',
    });
  });

  test('row i of a batch is what image i alone gives', async () => {
    const { client } = target();
    const images = randomImages(5, size, 11);
    const batch = (await inferImages(client, model, images, size, ['cls'])).get('cls')!.values;
    for (const [row, one] of images.entries()) {
      const alone = (await inferImages(client, model, [one], size, ['cls'])).get('cls')!.values;
      const [same] = rowCosines(batch.subarray(row * 192, (row + 1) * 192), alone, 192);
      expect(same).toBeGreaterThan(0.99999);
    }
  });

  test('concurrent requests, merged or not, each get their own images back', async () => {
    const { client } = target();
    const images = randomImages(6, size, 23);
    const alone: Float32Array[] = [];
    for (const one of images) {
      alone.push((await inferImages(client, model, [one], size, ['patch_mean'])).get('patch_mean')!.values);
    }
    const together = await Promise.all(
      images.map((one) => inferImages(client, model, [one], size, ['patch_mean'])),
    );
    for (const [row, outputs] of together.entries()) {
      const [same] = rowCosines(outputs.get('patch_mean')!.values, alone[row]!, 192);
      expect(same).toBeGreaterThan(0.99999);
    }
  });

  test('concurrent requests for different outputs each get exactly theirs', async () => {
    const { client } = target();
    const asked = ['cls', 'patch_tokens', 'patch_mean', 'cls'];
    const replies = await Promise.all(asked.map((name) => inferImages(client, model, [image], size, [name])));
    expect(replies.map((outputs) => [...outputs.keys()])).toEqual(asked.map((name) => [name]));
  });

  test('a reply of more than 4 MiB arrives whole', async () => {
    const images = Array.from({ length: 16 }, () => syntheticImage('ramp', 448));
    const outputs = await inferImages(target().client, 'demo_vit_448', images, 448, ['patch_tokens']);
    const { shape, values } = outputs.get('patch_tokens')!;
    expect(shape).toEqual([16, 784, 192]);
    expect(values.length * 2).toBeGreaterThan(4 * 1024 * 1024);
    const [lastEqualsFirst] = rowCosines(
      values.subarray(0, 192),
      values.subarray(15 * 784 * 192).subarray(0, 192),
      192,
    );
    expect(lastEqualsFirst).toBeGreaterThan(0.99999);
  });

  test('a deadline that passes ends the call with DEADLINE_EXCEEDED, and the server goes on', async () => {
    const { client } = target();
    const images = Array.from({ length: 32 }, () => image);
    const call = client.call(inferenceService.modelInfer, inferRequest(model, images, size, ['cls']), 30);
    expect((await failureOf(call)).code).toBe('DEADLINE_EXCEEDED');
    expect((await inferImages(client, model, [image], size, ['cls'])).size).toBe(1);
  });

  test.each(errorCases)('error $id: $code', async ({ call, code }) => {
    const failure = await failureOf(call(target().client));
    expect(failure.code).toBe(code);
    expect(failure.details).not.toBe('');
  });

  test('after all the errors the server still answers', async () => {
    expect((await inferImages(target().client, model, [image], size, ['cls'])).size).toBe(1);
  });
}
