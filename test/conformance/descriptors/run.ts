import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { compareProtocols, type OmittedProcedures } from './compare-protocols.ts';
import type { Protocol } from './protocol.ts';
import { readOurProtocol } from './read-protos.ts';

/*
 * Compares proto/ and the committed snapshot with the descriptors of the real packages (see requirements.txt).
 *   node test/conformance/descriptors/run.ts
 * Needs python3 with venv and a package index the first time; TESSERA_DESCRIPTORS_PYTHON names an interpreter that
 * has the packages already. Exit code 1 on any difference.
 */
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const readJson = (name: string): unknown => JSON.parse(readFileSync(here(name), 'utf8'));

const live: unknown = JSON.parse(
  execFileSync(findPython(), [here('dump_descriptors.py')], { encoding: 'utf8', maxBuffer: 16 * 2 ** 20 }),
);
const differences = compareProtocols(
  readOurProtocol(),
  live as Protocol,
  readJson('omitted-procedures.json') as OmittedProcedures,
);
if (!isDeepStrictEqual(live, readJson('snapshot.json'))) {
  differences.push(
    'snapshot.json differs from the packages: run dump_descriptors.py and prettier again and look at the diff',
  );
}
for (const difference of differences) console.error(difference);
console.log(
  differences.length === 0 ? 'proto/ agrees with the descriptors of tritonclient' : 'proto/ differs',
);
process.exitCode = differences.length === 0 ? 0 : 1;

function findPython(): string {
  const given = process.env['TESSERA_DESCRIPTORS_PYTHON'];
  if (given !== undefined) return given;
  const venv = here('../../../.cache/venv-descriptors');
  const python = `${venv}/bin/python`;
  if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--requirement', here('requirements.txt')], {
    stdio: 'inherit',
  });
  return python;
}
