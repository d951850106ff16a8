import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { root } from '../repository/tracked-files.ts';

it('the client is bundled for no platform at all: it needs nothing but itself', async () => {
  const { outputFiles, warnings, metafile } = await build({
    entryPoints: [join(root, 'src/client/create-tessera-client.ts')],
    absWorkingDir: root,
    bundle: true,
    platform: 'neutral',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  expect(Object.keys(metafile.inputs).filter((path) => !path.startsWith('src/client/'))).toEqual([]);
  // It is to be fetched by browsers: without a word from its author it does not grow.
  expect(outputFiles[0]!.contents.byteLength).toBeLessThan(40_000);
});
