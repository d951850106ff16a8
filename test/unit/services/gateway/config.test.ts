import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError, parseGatewayConfig } from '#services/gateway/config.ts';

const digest = createHash('sha256').update('key').digest('hex');
const keys = `sha256:${digest}`;

const messageOf = (environment: Record<string, string>): string => {
  try {
    parseGatewayConfig(environment);
    return '';
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ConfigError);
    return (thrown as ConfigError).message;
  }
};

describe('without any variable', () => {
  test('the gateway listens on loopback, without keys, with the embedded encoder', () => {
    expect(parseGatewayConfig({})).toMatchObject({
      TESSERA_HOST: '127.0.0.1',
      TESSERA_PORT: 8080,
      TESSERA_API_KEYS: [],
      TESSERA_ENCODER_URLS: [],
      TESSERA_DEFAULT_MODEL: 'demo_vit_224',
    });
  });

  test('the configuration cannot be changed', () => {
    const config = parseGatewayConfig({}) as { TESSERA_PORT: number };
    expect(() => (config.TESSERA_PORT = 1)).toThrow(TypeError);
  });
});

describe('listening beyond loopback', () => {
  test.each([
    '0.0.0.0',
    '::',
    '192.168.0.5',
    'example.org',
    '127.0.0.1.example.org',
    'localhost.example.org',
    '1127.0.0.1',
    '[::1]',
    '::ffff:127.0.0.1',
  ])('%s needs keys', (host) => {
    expect(messageOf({ TESSERA_HOST: host })).toMatch(/^TESSERA_HOST: .*TESSERA_API_KEYS/);
    expect(messageOf({ TESSERA_HOST: host, TESSERA_API_KEYS: ' , ,' })).toMatch(/^TESSERA_HOST/);
    expect(parseGatewayConfig({ TESSERA_HOST: host, TESSERA_API_KEYS: keys }).TESSERA_HOST).toBe(host);
  });

  test.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost'])('%s needs none', (host) => {
    expect(messageOf({ TESSERA_HOST: host })).toBe('');
  });
});

describe('keys', () => {
  test('are digests of 32 bytes, any number of them', () => {
    const { TESSERA_API_KEYS: parsed } = parseGatewayConfig({ TESSERA_API_KEYS: ` ${keys} ,${keys},` });
    expect(parsed.map((key) => key.toString('hex'))).toEqual([digest, digest]);
  });

  test.each([
    'key',
    digest,
    `sha256:${digest.slice(1)}`,
    `sha256:${digest.toUpperCase()}`,
    `sha512:${digest}`,
    `${keys},key`,
  ])('%s is none, and is not repeated', (value) => {
    const message = messageOf({ TESSERA_API_KEYS: value });
    expect(message).toMatch(/^TESSERA_API_KEYS: Each key is given as/);
    expect(message).not.toContain(digest.slice(1));
  });
});

describe('values', () => {
  test.each([
    ['TESSERA_PORT', '65536'],
    ['TESSERA_PORT', '-1'],
    ['TESSERA_PORT', '80.5'],
    ['TESSERA_PORT', 'http'],
    ['TESSERA_LOG_LEVEL', 'loud'],
    ['TESSERA_MAX_ITEMS', '0'],
    ['TESSERA_MAX_ITEMS', 'Infinity'],
    ['TESSERA_MAX_PIXELS', 'NaN'],
    ['TESSERA_REQUEST_TIMEOUT_MS', '0'],
    ['TESSERA_DRAIN_DELAY_MS', '-5'],
    ['TESSERA_BATCH_WINDOW_MS', '1001'],
    ['TESSERA_ENCODER_TLS', 'maybe'],
    ['TESSERA_ENCODER_METADATA', 'no-equals-sign'],
    ['TESSERA_ENCODER_METADATA', 'Upper=x'],
    ['TESSERA_DECODE_PROCESSES', '65'],
    ['TESSERA_URL_ALLOW_LIST', 'images.example.org,10.0.0.1'],
    ['TESSERA_URL_ALLOW_LIST', 'https://images.example.org'],
    ['TESSERA_URL_ALLOW_LIST', '*'],
    ['TESSERA_URL_TIMEOUT_MS', '0'],
  ])('%s=%s is refused under its name', (name, value) => {
    expect(messageOf({ [name]: value })).toMatch(new RegExp(`^${name}: `));
  });

  test('an allow-list that cannot be used names the places of its entries and the rule, and no host', () => {
    const message = messageOf({ TESSERA_URL_ALLOW_LIST: 'a.example.org,localhost,b.example.org,10.0.0.1' });
    expect(message).toMatch(
      /^TESSERA_URL_ALLOW_LIST: Entries 2, 4 of 4 cannot be used\..*a dot.*IP addresses/,
    );
    expect(message).not.toMatch(/localhost|10\.0/);
  });

  test('several faults are told at once', () => {
    const message = messageOf({ TESSERA_PORT: 'x', TESSERA_MAX_ITEMS: 'y' });
    expect(message.split('\n').map((line) => line.split(':')[0])).toEqual([
      'TESSERA_PORT',
      'TESSERA_MAX_ITEMS',
    ]);
  });

  test.each(['', ' '])('an empty variable (%j) means unset', (value) => {
    expect(parseGatewayConfig({ TESSERA_PORT: value, TESSERA_BUILD_COMMIT: value })).toEqual(
      parseGatewayConfig({}),
    );
  });

  test('lists and pairs', () => {
    const config = parseGatewayConfig({
      TESSERA_ENCODER_URLS: 'a:1, b:2 ,',
      TESSERA_ENCODER_METADATA: 'authorization=Bearer a=b,x-y=',
    });
    expect(config.TESSERA_ENCODER_URLS).toEqual(['a:1', 'b:2']);
    expect(config.TESSERA_ENCODER_METADATA).toEqual({ authorization: 'Bearer a=b', 'x-y': '' });
  });

  test.each([
    '127.0.0.1:8001',
    'encoder.internal:8001',
    '[::1]:8001',
    'dns:///encoder.internal:8001',
    'dns:encoder.internal:8001',
    'dns://10.0.0.2/encoder.internal:8001',
    'ipv4:127.0.0.1:8001',
    'unix:/run/encoder.sock',
    'unix:relative.sock',
  ])('%s is a gRPC target', (target) => {
    expect(parseGatewayConfig({ TESSERA_ENCODER_URLS: target }).TESSERA_ENCODER_URLS).toEqual([target]);
  });

  test.each([
    'encoder.internal',
    '127.0.0.1',
    'encoder.internal:',
    'encoder.internal:0',
    'encoder.internal:65536',
    'encoder.internal:http',
    '::1:8001',
    'http://encoder.internal:8001',
    'https://encoder.internal:8001',
    'grpc://encoder.internal:8001',
    'encoder.internal:8001/path',
    'dns:///encoder.internal',
    'unix:',
    ':8001',
    'good:1,bad',
  ])('%s is none', (target) => {
    expect(messageOf({ TESSERA_ENCODER_URLS: target })).toMatch(/^TESSERA_ENCODER_URLS: .*ports/);
  });

  const tls = { TESSERA_ENCODER_TLS: 'true', TESSERA_ENCODER_URLS: 'a:1' };
  test.each<[string, Record<string, string>]>([
    ['TESSERA_ENCODER_TLS', { TESSERA_ENCODER_TLS: 'true' }],
    ['TESSERA_ENCODER_TLS_CA_FILE', { TESSERA_ENCODER_TLS_CA_FILE: '/s3cr3t', TESSERA_ENCODER_URLS: 'a:1' }],
    ['TESSERA_ENCODER_TLS_KEY_FILE', { TESSERA_ENCODER_TLS_KEY_FILE: '/s3cr3t' }],
    ['TESSERA_ENCODER_TLS_AUTHORITY', { TESSERA_ENCODER_TLS_AUTHORITY: 's3cr3t' }],
    ['TESSERA_ENCODER_TLS_CERT_FILE', { ...tls, TESSERA_ENCODER_TLS_CERT_FILE: '/s3cr3t' }],
    ['TESSERA_ENCODER_TLS_KEY_FILE', { ...tls, TESSERA_ENCODER_TLS_KEY_FILE: '/s3cr3t' }],
  ])('%s without what it needs is refused: %j', (name, environment) => {
    const message = messageOf(environment);
    expect(message).toMatch(new RegExp(`^${name}: `));
    expect(message).not.toContain('s3cr3t');
  });

  test('TLS with all of its settings is taken', () => {
    const files = {
      TESSERA_ENCODER_TLS_CERT_FILE: 'c',
      TESSERA_ENCODER_TLS_KEY_FILE: 'k',
      TESSERA_ENCODER_TLS_CA_FILE: 'a',
    };
    expect(messageOf({ ...tls, ...files, TESSERA_ENCODER_TLS_AUTHORITY: 'x' })).toBe('');
    expect(messageOf(tls)).toBe('');
  });

  test('hosts to fetch from', () => {
    const config = parseGatewayConfig({ TESSERA_URL_ALLOW_LIST: 'a.example.org, *.b.example.org:8443 ,' });
    expect(config.TESSERA_URL_ALLOW_LIST).toEqual([
      { host: 'a.example.org', isWildcard: false, port: 443 },
      { host: 'b.example.org', isWildcard: true, port: 8443 },
    ]);
  });

  test('less room for all uploads than for one request is refused: that request could never be served', () => {
    expect(messageOf({ TESSERA_MAX_BUFFERED_BYTES: '1000' })).toMatch(/^TESSERA_MAX_BUFFERED_BYTES/);
    expect(messageOf({ TESSERA_MAX_BUFFERED_BYTES: '1000', TESSERA_MAX_REQUEST_BYTES: '1000' })).toBe('');
  });

  test('no message ever repeats a value', () => {
    const names = Object.keys(parseGatewayConfig({}));
    const secret = fc.string({ minLength: 12, maxLength: 40 }).map((text) => `s3cr3t${text}`);
    fc.assert(
      fc.property(fc.constantFrom(...names), secret, (name, value) => {
        expect(messageOf({ [name]: value })).not.toContain('s3cr3t');
      }),
      { numRuns: 300 },
    );
  });
});
