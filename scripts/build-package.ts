import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyAsIs, emitClientTypes, emitJavaScript } from './package/emit-javascript.ts';

/*
 * Makes dist/package: what others install by `npm pack`, as JavaScript, since Node strips no types under node_modules.
 * The command line with the gateway and encoder that it starts, the demo models, and the client with its types. Why it is as it is:
 * docs/decisions/0008-package.md.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const outDir = join(root, 'dist/package');

/** Read at run time. Of the models only those that are ours to give: weights under another licence may lie beside them. */
const taken = [
  'LICENSE',
  'NOTICE',
  'proto',
  'triton-models/demo_vit_224',
  'triton-models/demo_vit_448',
  // Python that the command line hands on or runs: `models build --target python`, `models export`.
  'triton-models/python',
  'triton-models/export',
];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly type: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The manifest of the package: without `private`, scripts and tools, and without Node itself. */
function toPublished(own: Manifest): object {
  const { name, version, description, license, type, bin, imports } = own;
  const client = './src/client/package-entry';
  return {
    ...{ name, version, description, license, type, bin },
    engines: { node: '>=24' },
    exports: {
      '.': { types: `${client}.d.ts`, default: `${client}.js` },
      './package.json': './package.json',
    },
    imports: { '#src/*': imports['#src/*'] },
    dependencies: Object.fromEntries(
      Object.entries(own.dependencies).filter(([dependency]) => dependency !== 'node'),
    ),
  };
}

rmSync(outDir, { recursive: true, force: true });
emitJavaScript(root, outDir);
emitClientTypes(root, outDir);
for (const path of taken) copyAsIs(root, outDir, path);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
writeFileSync(join(outDir, 'package.json'), `${JSON.stringify(toPublished(manifest), null, 2)}\n`);
writeFileSync(join(outDir, 'README.md'), readFileSync(join(root, 'docs/package.md')));
