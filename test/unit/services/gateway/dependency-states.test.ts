import { describe, expect, test } from 'vitest';
import type { ChildPoolStats, ChildStats } from '#src/isolation/child-pool.ts';
import type { EndpointState } from '#src/infer/triton/endpoint-status.ts';
import { dependencyStates } from '#services/gateway/dependency-states.ts';
import { catalogueOf, coldModel, tinyModel } from '#test/http/tiny-model.ts';

type Side = Parameters<typeof dependencyStates>[0];

const sideWith = (state: EndpointState): Side =>
  ({
    client: { endpoints: () => [{ target: 'secret-host:8001', state }] },
    triton: { catalogue: catalogueOf(tinyModel, coldModel) },
  }) as unknown as Side;
const poolWith = (...states: readonly ChildStats['state'][]): { stats: () => ChildPoolStats } => ({
  stats: () => ({
    queued: 3,
    running: 1,
    restarts: 0,
    children: states.map((state, slot) => ({
      slot,
      pid: undefined,
      state,
      rssBytes: undefined,
      restarts: 0,
      tasksDone: 0,
    })),
  }),
});
const find = (name: string, side: Side, pool = poolWith('idle')) =>
  dependencyStates(side, pool).find((state) => state.name === name)!;

describe('an encoder endpoint', () => {
  test.each<[EndpointState, boolean]>([
    ['healthy', true],
    ['not-ready', false],
    ['unreachable', false],
    ['unknown', false],
  ])('%s: ready is %s, and its address is not told', (state, isReady) => {
    const endpoint = find('encoder-0', sideWith(state));
    expect(endpoint).toMatchObject({ isReady, detail: state });
    expect(JSON.stringify(endpoint)).not.toContain('secret-host');
  });
});

test('a model says why it is not ready', () => {
  expect(find('model-tiny_vit_32', sideWith('healthy'))).toMatchObject({ isReady: true, detail: 'ready' });
  expect(find('model-cold_vit_32', sideWith('healthy'))).toMatchObject({
    isReady: false,
    detail: 'Still loading.',
  });
});

describe('the decoder, without which nothing is served', () => {
  test.each<[string, readonly ChildStats['state'][], boolean]>([
    ['no upload has needed one yet', ['stopped', 'stopped'], true],
    ['one works, one is to be started again', ['busy', 'waiting'], true],
    ['all are to be started again', ['waiting', 'waiting'], false],
  ])('%s', (_, states, isReady) => {
    expect(find('decoder', sideWith('healthy'), poolWith(...states))).toMatchObject({
      isReady,
      isRequired: true,
    });
  });
});
