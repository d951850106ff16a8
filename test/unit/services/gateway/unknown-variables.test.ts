import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gatewayVariables } from '#services/gateway/config.ts';
import { findUnknownVariables, variablesOfOthers } from '#services/gateway/unknown-variables.ts';

const root = join(import.meta.dirname, '../../../..');

test('a misspelt setting is found, with the one that was meant', () => {
  expect(
    findUnknownVariables([
      'PATH',
      'TESSERA_PORT',
      'TESSERA_MAX_ITEM',
      'TESSERA_ENCODER_URL',
      'TESSERA_ALLOW_LIST',
    ]),
  ).toEqual([
    { name: 'TESSERA_MAX_ITEM', nearest: 'TESSERA_MAX_ITEMS' },
    { name: 'TESSERA_ENCODER_URL', nearest: 'TESSERA_ENCODER_URLS' },
    { name: 'TESSERA_ALLOW_LIST', nearest: 'TESSERA_URL_ALLOW_LIST' },
  ]);
});

test('one that resembles none has no other to be named', () => {
  expect(findUnknownVariables(['TESSERA_SOMETHING_ENTIRELY_DIFFERENT'])[0]?.nearest).toBeUndefined();
});

test('a name of any length is told in short', () => {
  expect(findUnknownVariables([`TESSERA_${'X'.repeat(5_000)}`])[0]?.name).toHaveLength(100);
});

test.each(['services/encoder/config.ts', 'services/cli/config.ts'])(
  'the settings of %s are known',
  (path) => {
    const names = readFileSync(join(root, path), 'utf8').matchAll(/^ {2}(TESSERA_[A-Z_]+):/gm);
    const all = Array.from(names, ([, name]) => name!);
    expect(all.length).toBeGreaterThan(3);
    expect(findUnknownVariables(all)).toEqual([]);
  },
);

test('the gateway’s own settings are no one else’s', () => {
  expect(findUnknownVariables(gatewayVariables)).toEqual([]);
  expect(variablesOfOthers.filter((name) => gatewayVariables.includes(name))).toEqual([]);
});
