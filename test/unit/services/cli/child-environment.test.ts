import { describe, expect, test } from 'vitest';
import { childEnvironment, gatewayEnvironment } from '#services/cli/child-environment.ts';

const machine = {
  PATH: '/bin',
  HOME: '/nowhere/me',
  LC_ALL: 'C.UTF-8',
  TMPDIR: '/scratch',
  https_proxy: 'http://proxy.invalid:3128',
  PIP_INDEX_URL: 'https://index.invalid/simple',
  NODE_EXTRA_CA_CERTS: '/ca.crt',
  OMP_NUM_THREADS: '1',
  XDG_CACHE_HOME: '/cache',
};
const settings = { TESSERA_MODEL_DIR: '/models', TESSERA_API_KEYS: 'key', OTEL_SERVICE_NAME: 'tessera' };
const others = {
  HF_TOKEN: 'hf_secret',
  AWS_SECRET_ACCESS_KEY: 'secret',
  NPM_TOKEN: 'secret',
  MY_PASSWORD: 'secret',
  // Names that only resemble those of the list.
  PATH_SECRET: 'secret',
  XLC_ALL: 'secret',
  HOMEKEY: 'secret',
};

describe('the environment of a child', () => {
  test('that needs no secret is the machine’s, and nothing that is not on the list', () => {
    expect(childEnvironment({ ...machine, ...settings, ...others, LANG: undefined })).toEqual(machine);
  });

  test('that is a gateway has its settings too, and no other secret', () => {
    expect(gatewayEnvironment({ ...machine, ...settings, ...others })).toEqual({ ...machine, ...settings });
  });
});
