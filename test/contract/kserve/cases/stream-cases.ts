import { expect, test } from 'vitest';
import { inferRequest, readOutputs } from '../client/infer-images.ts';
import { syntheticImage } from '../client/synthetic-images.ts';
import type { KserveTarget } from '../servers/kserve-target.ts';

const image = syntheticImage('disc', 224);
const request = (id: string, modelName = 'demo_vit_224') => ({
  ...inferRequest(modelName, [image], 224, ['cls']),
  id,
});

/** ModelStreamInfer. */
export function defineStreamCases(target: () => KserveTarget): void {
  test('each request of a stream gets one reply, in order, by id', async () => {
    const replies = await target().client.stream(['a', 'b', 'c'].map((id) => request(id)));
    expect(replies.map((reply) => reply.inferResponse?.id)).toEqual(['a', 'b', 'c']);
    for (const reply of replies) {
      expect(reply.errorMessage).toBe('');
      expect(readOutputs(reply.inferResponse!).get('cls')?.shape).toEqual([1, 192]);
    }
  });

  test('an error concerns its request only: the stream goes on', async () => {
    const replies = await target().client.stream([request('a'), request('b', 'nosuch'), request('c')]);
    expect(replies.map((reply) => reply.errorMessage !== '')).toEqual([false, true, false]);
    expect(replies[1]?.errorMessage).toContain('nosuch');
    expect(readOutputs(replies[2]!.inferResponse!).has('cls')).toBe(true);
  });

  test('a stream without requests ends without replies', async () => {
    expect(await target().client.stream([])).toEqual([]);
  });
}
