import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './tracked-files.ts';

it.each([
  ['protocol code', 'proto/', 'generate-proto.ts'],
  ['types of the client', 'the OpenAPI description', 'generate-client.ts'],
])(
  'the committed %s are what %s generates',
  (_what, _source, name) => {
    const script = join(root, 'scripts', name);
    const run = spawnSync(process.execPath, [script, '--check'], { cwd: root, encoding: 'utf8' });
    expect(run).toMatchObject({ status: 0, stderr: '' });
  },
  60_000,
);
