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
type Child = Pick<ChildStats, 'state'> & Partial<ChildStats>;
const poolWith = (...children: readonly Child[]): { stats: () => ChildPoolStats } => ({
  stats: () => ({
    queued: 3,
    running: 1,
    restarts: 0,
    children: children.map((child, slot) => ({
      slot,
      pid: undefined,
      rssBytes: undefined,
      restarts: 0,
      failedStarts: 0,
      tasksDone: 0,
      ...child,
    })),
  }),
});
const find = (name: string, side: Side, pool = poolWith({ state: 'idle' })) =>
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
  test.each<[string, readonly Child[], boolean]>([
    ['no upload has needed one yet', [{ state: 'stopped' }, { state: 'stopped' }], true],
    ['one works, one is to be started again', [{ state: 'busy' }, { state: 'waiting' }], true],
    ['one is started for the first time', [{ state: 'starting' }], true],
    ['all are to be started again', [{ state: 'waiting' }, { state: 'waiting' }], false],
    ['one is being started again after a start that failed', [{ state: 'starting', failedStarts: 1 }], false],
    ['none could be started', [{ state: 'stopped', failedStarts: 2 }, { state: 'waiting' }], false],
  ])('%s', (_, children, isReady) => {
    expect(find('decoder', sideWith('healthy'), poolWith(...children))).toMatchObject({
      isReady,
      isRequired: true,
    });
  });
});
