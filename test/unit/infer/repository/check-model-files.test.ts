import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkModelFiles } from '#src/infer/repository/check-model-files.ts';
import { findLicenceText } from '#src/infer/repository/find-licence-text.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const weightsDigest = sha256('weights');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-files-'));
  mkdirSync(join(folder, '1'));
  writeFileSync(join(folder, '1/model.onnx'), 'graph');
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string | object): void =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
const check = (announced: string | undefined = weightsDigest) =>
  checkModelFiles(join(folder, '1/model.onnx'), announced);
const manifest = { weightsDigest, modelDigest: sha256('graph') };

describe('checkModelFiles', () => {
  test('agrees when every file is the listed one', async () => {
    write('1/model.onnx.data', 'apart');
    write('export.json', { ...manifest, modelFiles: { 'model.onnx.data': sha256('apart') }, more: 1 });
    expect(await check()).toEqual({ outcome: 'agreed' });
    expect(await check(undefined)).toEqual({ outcome: 'agreed' });
  });

  test('a manifest of the version goes before that of the model', async () => {
    write('export.json', { ...manifest, modelDigest: sha256('of another version') });
    write('1/export.json', manifest);
    expect(await check()).toEqual({ outcome: 'agreed' });
  });

  test('says so when there is nothing to compare with', async () => {
    expect(await check()).toEqual({ outcome: 'absent' });
  });

  test.each([
    ['a changed graph', { ...manifest, modelDigest: sha256('Graph') }, 'model.onnx is not the exported file'],
    [
      'changed weights that lie apart',
      { ...manifest, modelFiles: { 'model.onnx.data': sha256('other') } },
      'model.onnx.data is not the exported file',
    ],
    ['weights apart that nobody listed', manifest, 'model.onnx.data is not listed in export.json'],
    [
      'a listed file that is not there',
      { ...manifest, modelFiles: { 'model.onnx.data': sha256('apart'), 'model.onnx.more': sha256('') } },
      'model.onnx.more of export.json is missing',
    ],
    [
      'other weights than those announced',
      { ...manifest, weightsDigest: sha256('other weights') },
      'the weights that are announced are not those of export.json',
    ],
    ['a manifest without digests', {}, 'export.json holds no digests'],
    ['a manifest that is no JSON', '{', 'export.json holds no digests'],
  ])('refuses %s', async (_, document, reason) => {
    write('1/model.onnx.data', 'apart');
    write('export.json', document);
    expect(await check()).toEqual({ outcome: 'refused', reason });
  });
});

describe('findLicenceText', () => {
  test.each(['LICENSE', 'LICENSE.md', 'LICENCE.txt', 'license', 'COPYING'])('finds %s', async (name) => {
    write(name, 'The terms.');
    expect(await findLicenceText(folder)).toBe(name);
  });

  test.each([
    ['an empty text', () => write('LICENSE', '')],
    ['a folder of that name', () => mkdirSync(join(folder, 'LICENSE'))],
    ['a file that is named for another thing', () => write('LICENSE.json', '{}')],
    ['nothing', () => undefined],
  ])('%s is none', async (_, prepare) => {
    prepare();
    expect(await findLicenceText(folder)).toBeUndefined();
    expect(await findLicenceText(join(folder, 'absent'))).toBeUndefined();
  });
});
