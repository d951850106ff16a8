import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findHeadGateFault, maxHeadAucLoss } from '#src/infer/repository/find-head-gate-fault.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-head-gate-'));
  mkdirSync(join(folder, '1'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ask = (announced = 'int8') => findHeadGateFault(join(folder, '1'), announced);
const write = (name: string, manifest: unknown): void =>
  writeFileSync(join(folder, name), typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
const withHead = (auc: unknown, aucReference: unknown = 0.9, more: object = {}) => ({
  precision: 'int8',
  parity: { head: { auc, aucReference } },
  ...more,
});
const notPassed = 'the INT8 engine has not passed the gate of the head’s AUC: ';

describe('findHeadGateFault', () => {
  test.each([
    ['at the limit', 0.895],
    ['better than FP32', 0.95],
  ])('lets an INT8 engine pass whose AUC is %s', async (_, auc) => {
    write('export.json', withHead(auc));
    expect(await ask()).toBeUndefined();
  });

  test('has the limit of the exporter', () => {
    const limits = JSON.parse(readFileSync('triton-models/export/parity-limits.json', 'utf8')) as object;
    expect(limits).toMatchObject({ headAucLossMax: maxHeadAucLoss });
  });

  test.each([
    ['below the limit', withHead(0.8949), '0.8949, more than 0.005 below 0.9000 of FP32'],
    ['without the gate', { precision: 'int8', parity: { outputs: {} } }, 'export.json has no parity.head'],
    ['without parity', { precision: 'int8' }, 'export.json has no parity.head'],
    [
      'exported for a test',
      { precision: 'int8', headGate: 'not asked', parity: {} },
      'export.json has no parity.head',
    ],
    ['with figures as text', withHead('0.9', '0.9'), 'export.json has no parity.head'],
    ['without a figure of FP32', withHead(0.9, null), 'export.json has no parity.head'],
    ['with an AUC above 1', withHead(2, 1), 'export.json has no parity.head'],
    ['with a manifest that is a list', [], 'export.json has no parity.head'],
    ['with a manifest that is no JSON', '{', 'export.json has no parity.head'],
    // As Python would write it.
    ['with NaN', '{"parity":{"head":{"auc":NaN,"aucReference":0.9}}}', 'export.json has no parity.head'],
  ])('refuses an INT8 engine %s', async (_, manifest, reason) => {
    write('export.json', manifest);
    expect(await ask()).toBe(`${notPassed}${reason}`);
  });

  test('refuses INT8 without a manifest, and asks nothing of other precisions', async () => {
    expect(await ask()).toBe(`${notPassed}export.json is missing`);
    expect(await ask('fp32')).toBeUndefined();
    write('export.json', { precision: 'fp16', operators: { MatMul: 3 } });
    expect(await ask('fp16')).toBeUndefined();
  });

  test.each([
    ['the manifest calls so', { precision: 'int8' }],
    ['has Q/DQ pairs', { precision: 'fp32', operators: { DequantizeLinear: 9, MatMul: 9 } }],
    ['multiplies integers', { operators: { MatMulInteger: 9 } }],
  ])('an engine that %s is INT8, whatever is announced', async (_, manifest) => {
    write('export.json', manifest);
    expect(await ask('fp32')).toBe(`${notPassed}export.json has no parity.head`);
  });

  test('a manifest of the version goes before that of the model', async () => {
    write('export.json', withHead(0.9));
    write('1/export.json', withHead(0.5));
    expect(await ask()).toContain('0.5000, more than');
  });

  test('a graph that was wrapped as it came is its own reference', async () => {
    write('export.json', { precision: 'int8', recipe: { pooled: {} }, parity: {} });
    expect(await ask()).toBeUndefined();
  });
});
