import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './tracked-files.ts';

it('the committed protocol code is what proto/ generates', () => {
  const script = join(root, 'scripts/generate-proto.ts');
  const run = spawnSync(process.execPath, [script, '--check'], { cwd: root, encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0, stderr: '' });
});
