import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openEncoder } from '#services/cli/client/open-encoder.ts';
import { openGateway } from '#services/cli/client/open-gateway.ts';
import { parseCliConfig } from '#services/cli/config.ts';
import { descendantsOf, hasProc } from '#test/support/process-tree.ts';

/* The environments that the real processes have, as the system tells them. */

const config = parseCliConfig({
  PATH: process.env['PATH'],
  TESSERA_API_KEYS: 'key_secret',
  HF_TOKEN: 'hf_secret',
  MY_CLOUD_KEY: 'cloud_secret',
  LC_ALL: 'C.UTF-8',
  OTEL_SERVICE_NAME: 'named-by-the-test',
  TESSERA_TEST_SETTING: 'kept',
});
const signal = new AbortController().signal;
/** Empty when the process has ended meanwhile. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
/** Of each child that the work starts, and of theirs. */
async function environmentsDuring(
  open: () => Promise<{ close(): Promise<void> }>,
): Promise<readonly string[]> {
  const opened = await open();
  try {
    return descendantsOf(process.pid).map(environmentOf);
  } finally {
    await opened.close();
  }
}

describe.skipIf(!hasProc)('the processes that the command line starts', () => {
  it('an encoder sees the machine, none of the gateway’s settings and no secret', async () => {
    const environments = await environmentsDuring(() => openEncoder(config, ['demo_vit_224'], signal));
    const own = environments.find((text) => text.includes('TESSERA_ENCODER_PARENT_STDIN'))!;
    expect(own).toContain('LC_ALL=C.UTF-8');
    expect(environments.join('')).not.toMatch(/_secret|TESSERA_TEST_SETTING|OTEL_/);
  });

  it('a gateway sees its settings too, but no other secret and no keys, which this command would not have', async () => {
    const environments = await environmentsDuring(() => openGateway(config, undefined, signal));
    const own = environments.find((text) => text.includes('TESSERA_TEST_SETTING=kept'))!;
    expect(own).toContain('OTEL_SERVICE_NAME=named-by-the-test');
    expect(own).toContain('LC_ALL=C.UTF-8');
    expect(environments.join('')).not.toContain('_secret');
  });
});
