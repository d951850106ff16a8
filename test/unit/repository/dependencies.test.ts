import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, trackedFiles, trackedText } from './tracked-files.ts';

interface LockEntry {
  readonly version: string;
  readonly license?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}
interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));
const manifest = readJson('package.json') as Manifest;
const lock = readJson('package-lock.json') as { packages: Readonly<Record<string, LockEntry>> };
const installed = Object.entries(lock.packages).filter(([path]) => path !== '');

/** Licences that ask for nothing but notices. */
const permissive = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
];
/** libvips comes as a shared library of its own package, unmodified and replaceable: that is what the LGPL asks for. */
const sharedLibrary = /^node_modules\/@img\/sharp-(libvips-|win32-|wasm32)/;

/** Can an SPDX expression be met with permissive licences (and, where allowed, the LGPL of a shared library)? */
function isAcceptable(expression: string, allowed: readonly string[]): boolean {
  const bare = expression.replace(/^\((.*)\)$/, '$1');
  if (bare.includes(' OR ')) return bare.split(' OR ').some((part) => isAcceptable(part, allowed));
  return bare.split(' AND ').every((part) => allowed.includes(part));
}

/** The licence a package states in its own manifest, or for a platform that is not this one, in the lock. */
function licenceOf(path: string, entry: LockEntry): string {
  const own = `${path}/package.json`;
  const stated = existsSync(join(root, own))
    ? (readJson(own) as { license?: unknown }).license
    : entry.license;
  return typeof stated === 'string' ? stated : 'not stated';
}

describe('npm dependencies', () => {
  const direct = { ...manifest.dependencies, ...manifest.devDependencies };

  it('are pinned exactly', () => {
    const loose = Object.entries(direct).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
    expect(loose).toEqual([]);
  });

  it('of the product are all used by it', () => {
    const code = trackedFiles()
      .filter((path) => /^(src|services)\/.*\.(ts|js)$/.test(path))
      .map((path) => trackedText(path)!)
      .join('\n');
    // Node itself is used by being there.
    const unused = Object.keys(manifest.dependencies).filter(
      (name) => name !== 'node' && !new RegExp(`['"\`]${name}[/'"\`]`).test(code),
    );
    expect(unused).toEqual([]);
  });

  it('stand in the lock file as package.json has them', () => {
    expect(lock.packages['']!.dependencies).toEqual(manifest.dependencies);
    expect(lock.packages['']!.devDependencies).toEqual(manifest.devDependencies);
    for (const [name, version] of Object.entries(direct)) {
      expect(lock.packages[`node_modules/${name}`]!.version, name).toBe(version);
    }
  });

  it('are locked by checksum and come from whatever registry npm is set to', () => {
    expect(
      installed.filter(([, entry]) => !/^sha512-/.test(entry.integrity ?? '')).map(([path]) => path),
    ).toEqual([]);
    expect(installed.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  it('run an install script only where package.json has decided whether they may', () => {
    const scripted = installed
      .filter(([, entry]) => entry.hasInstallScript === true)
      .map(([path]) => path.split('node_modules/').at(-1)!);
    expect(Object.keys(manifest.allowScripts)).toEqual(expect.arrayContaining(scripted));
  });

  it('of the product carry only licences that ask for notices, save the shared libraries of libvips', () => {
    const production = installed.filter(([, entry]) => entry.dev !== true);
    expect(production.length).toBeGreaterThan(50);
    const refused = production
      .map(([path, entry]) => ({ path, licence: licenceOf(path, entry) }))
      .filter(({ path, licence }) => {
        const allowed = sharedLibrary.test(path) ? [...permissive, 'LGPL-3.0-or-later'] : permissive;
        return !isAcceptable(licence, allowed);
      });
    expect(refused).toEqual([]);
  });
});

describe('Python requirements of the conformance suites', () => {
  const files = trackedFiles().filter((path) => /requirements[\w.-]*\.txt$/.test(path));

  it('exist', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it.each(files)('%s pins every package exactly', (path) => {
    const loose = trackedText(path)!
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim())
      .filter((line) => line !== '' && !/^[\w.-]+(\[[\w,-]+\])?==[\w.+!]+$/.test(line));
    expect(loose).toEqual([]);
  });
});
