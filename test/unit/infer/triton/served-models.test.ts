import { describe, expect, test } from 'vitest';
import type { EndpointState, EndpointStatus } from '#src/infer/triton/endpoint-status.ts';
import type { Inspection } from '#src/infer/triton/inspect-model.ts';
import { describeServed, findServing } from '#src/infer/triton/served-models.ts';
import { tinySpec } from './model-fixtures.ts';

const endpoint = (target: string, state: EndpointState = 'healthy'): EndpointStatus => ({
  target,
  state,
  breaker: 'closed',
  outstanding: 0,
  ...(state === 'unreachable' ? { lastError: 'no connection' } : {}),
});
const agreed = (engine: string, precision: 'fp32' | 'fp16', instances = 1): Inspection => ({
  outcome: 'agreed',
  announced: { engine, precision },
  instances,
});
const refused: Inspection = { outcome: 'refused', reason: 'max_batch_size 8, expected 4', isFinal: true };
const loading: Inspection = { outcome: 'refused', reason: 'not ready', isFinal: false };

describe('the endpoints that serve a model', () => {
  test('are those that agree; their instances add up', () => {
    const inspections: Record<string, Inspection> = {
      a: agreed('tensorrt', 'fp16', 2),
      b: refused,
      c: agreed('tensorrt', 'fp16', 3),
    };
    const serving = findServing(
      ['a', 'b', 'c', 'd'].map((name) => endpoint(name)),
      (target) => inspections[target],
    );
    expect(serving).toMatchObject({ targets: ['a', 'c'], instances: 5 });
  });

  test('an endpoint that cannot be reached does not count', () => {
    const all = [endpoint('a', 'unreachable'), endpoint('b')];
    expect(findServing(all, () => agreed('onnxruntime-cpu', 'fp32'))?.targets).toEqual(['b']);
  });

  test('engines are not mixed: provenance names one', () => {
    const inspections: Record<string, Inspection> = {
      a: agreed('tensorrt', 'fp16'),
      b: agreed('onnxruntime-cpu', 'fp32'),
    };
    const find = (all: readonly EndpointStatus[]) => findServing(all, (target) => inspections[target]);
    expect(find([endpoint('a'), endpoint('b')])?.targets).toEqual(['a']);
    expect(find([endpoint('a', 'unreachable'), endpoint('b')])?.targets).toEqual(['b']);
  });
});

describe('a served model', () => {
  test('carries the engine and the precision that the server announces', () => {
    const served = describeServed(tinySpec, [endpoint('a')], () => agreed('tensorrt', 'fp16'));
    expect(served).toMatchObject({ isReady: true, engine: 'tensorrt', spec: { precision: 'fp16' } });
    expect(served).not.toHaveProperty('notReadyReason');
  });

  test('says for each endpoint why it is not ready, without addresses', () => {
    const served = describeServed(
      tinySpec,
      [
        endpoint('10.0.0.1:8001'),
        endpoint('10.0.0.2:8001', 'unreachable'),
        endpoint('10.0.0.3:8001', 'unknown'),
      ],
      (target) => (target === '10.0.0.1:8001' ? refused : undefined),
    );
    expect(served.isReady).toBe(false);
    expect(served.notReadyReason).toBe(
      'encoder-0: max_batch_size 8, expected 4 | encoder-1: unreachable (no connection) | encoder-2: not asked yet',
    );
  });

  test.each<[string, readonly (Inspection | undefined)[], boolean]>([
    ['every endpoint has said so for good', [refused, refused], true],
    ['one is still loading it', [refused, loading], false],
    ['one has not been asked', [refused, undefined], false],
  ])('is refused: %s', (_, inspections, isRefused) => {
    const endpoints = inspections.map((_inspection, index) => endpoint(String(index)));
    const served = describeServed(tinySpec, endpoints, (target) => inspections[Number(target)]);
    expect(served).toMatchObject({ isReady: false, isRefused });
  });
});
