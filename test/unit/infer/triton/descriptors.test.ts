import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareProtocols, type OmittedProcedures } from '#test/conformance/descriptors/compare-protocols.ts';
import type { Protocol } from '#test/conformance/descriptors/protocol.ts';
import { readOurProtocol } from '#test/conformance/descriptors/read-protos.ts';

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../conformance/descriptors/${name}`, import.meta.url), 'utf8'));
const theirs = read('snapshot.json') as Protocol;
const omitted = read('omitted-procedures.json') as OmittedProcedures;
const ours = readOurProtocol();

test('every message, field, number, type, label, oneof, enum value and procedure is that of tritonclient 2.73.0', () => {
  expect(compareProtocols(ours, theirs, omitted)).toEqual([]);
});

test('the comparison covers the whole protocol, not an empty reading of it', () => {
  expect(Object.keys(ours.messages).length).toBeGreaterThan(80);
  expect(ours.messages['inference.ModelInferRequest']?.['raw_input_contents']).toEqual({
    number: 7,
    type: 'bytes',
    label: 'repeated',
  });
  expect(Object.keys(ours.services)).toEqual(['inference.GRPCInferenceService', 'grpc.health.v1.Health']);
});

describe('the comparison notices', () => {
  const field = { number: 1, type: 'string', label: 'singular' } as const;
  const base: Protocol = {
    messages: {
      'p.A': { x: field, y: { ...field, number: 2, oneof: 'o' } },
      'p.B': {},
    },
    enums: { 'p.E': { ZERO: 0, ONE: 1 } },
    services: {
      'p.S': {
        Go: { request: '.p.A', response: '.p.A', streams: [false, false] },
        Stop: { request: '.p.B', response: '.p.A', streams: [false, false] },
      },
    },
  };
  const withField = (change: object): Protocol => ({
    ...base,
    messages: { ...base.messages, 'p.A': { ...base.messages['p.A'], x: { ...field, ...change } } },
  });
  const { Go, Stop } = base.services['p.S']!;

  test.each<[string, Protocol, RegExp]>([
    ['another number', withField({ number: 3 }), /p\.A, x/],
    ['another type', withField({ type: 'int64' }), /p\.A, x/],
    ['another label', withField({ label: 'repeated' }), /p\.A, x/],
    ['a field moved into a oneof', withField({ oneof: 'o' }), /p\.A, x/],
    ['a missing field', { ...base, messages: { ...base.messages, 'p.A': { x: field } } }, /p\.A, y.*nothing/],
    ['an added field', { ...base, messages: { ...base.messages, 'p.B': { z: field } } }, /p\.B, z/],
    ['a missing message', { ...base, messages: { 'p.A': base.messages['p.A']! } }, /p\.B: missing/],
    ['an added message', { ...base, messages: { ...base.messages, 'p.C': {} } }, /p\.C: ours only/],
    ['another enum value', { ...base, enums: { 'p.E': { ZERO: 0, ONE: 2 } } }, /p\.E, ONE/],
    ['a missing procedure', { ...base, services: { 'p.S': { Go: Go! } } }, /p\.S, Stop/],
    [
      'another streaming kind',
      { ...base, services: { 'p.S': { Go: { ...Go!, streams: [true, false] }, Stop: Stop! } } },
      /p\.S, Go/,
    ],
  ])('%s', (_name, changed, message) => {
    const differences = compareProtocols(changed, base, {});
    expect(differences).toHaveLength(1);
    expect(differences[0]).toMatch(message);
  });

  test('an omitted procedure excuses itself and the messages only it needs', () => {
    const smaller = { ...base, messages: { 'p.A': base.messages['p.A']! }, services: { 'p.S': { Go: Go! } } };
    expect(compareProtocols(smaller, base, { 'p.S/Stop': 'unused' })).toEqual([]);
  });

  test('a stale entry of the omitted procedures', () => {
    expect(compareProtocols(base, base, { 'p.S/Stop': 'unused' })).toEqual(['omitted p.S/Stop: ours has it']);
    expect(compareProtocols(base, base, { 'p.S/Never': 'unused' })).toEqual([
      'omitted p.S/Never: theirs has no such procedure',
    ]);
  });
});
