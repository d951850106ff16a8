import { describe, expect, test } from 'vitest';
import { ConfigError, isLocalBind, parseEncoderConfig } from '#services/encoder/config.ts';

describe('the encoder configuration', () => {
  test('has defaults for everything and cannot be changed', () => {
    const config = parseEncoderConfig({});
    expect(config.TESSERA_ENCODER_BIND).toBe('127.0.0.1:8001');
    expect(config.TESSERA_ENCODER_METRICS_BIND).toBeUndefined();
    expect(config.TESSERA_MODEL_DIR).toMatch(/triton-models$/);
    expect(config.TESSERA_ENCODER_WORKERS).toBeGreaterThanOrEqual(1);
    expect(config.TESSERA_ENCODER_WORKERS).toBeLessThanOrEqual(8);
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('takes an empty variable as unset', () => {
    expect(parseEncoderConfig({ TESSERA_ENCODER_BIND: '' }).TESSERA_ENCODER_BIND).toBe('127.0.0.1:8001');
  });

  test.each([
    ['TESSERA_ENCODER_BIND', 'localhost'],
    ['TESSERA_ENCODER_BIND', 'unix:'],
    ['TESSERA_ENCODER_METRICS_BIND', '9090'],
    ['TESSERA_ENCODER_WORKERS', '0'],
    ['TESSERA_ENCODER_WORKERS', 'many'],
    ['TESSERA_SHUTDOWN_TIMEOUT_MS', '-1'],
  ])('refuses %s=%s, naming the variable', (name, value) => {
    const parse = (): unknown => parseEncoderConfig({ [name]: value });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(name);
  });

  test.each([
    ['127.0.0.1:0', true],
    ['127.8.8.8:1', true],
    ['localhost:8001', true],
    ['[::1]:8001', true],
    ['unix:/run/encoder.sock', true],
    ['0.0.0.0:8001', false],
    ['[::]:8001', false],
    ['10.0.0.1:8001', false],
    ['localhost.example.com:8001', false],
  ])('knows whether %s is reachable from this machine only: %s', (bind, isLocal) => {
    expect(isLocalBind(bind)).toBe(isLocal);
  });
});
