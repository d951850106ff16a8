import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TritonTls } from '#src/infer/triton/triton-options.ts';
import { ConfigError, type GatewayConfig } from './config.ts';

type PemVariable =
  'TESSERA_ENCODER_TLS_CA_FILE' | 'TESSERA_ENCODER_TLS_CERT_FILE' | 'TESSERA_ENCODER_TLS_KEY_FILE';

const readCertificate = (pem: Buffer): X509Certificate => new X509Certificate(pem);

/** Reads a file that a variable names and sees whether it is what it should be: gRPC would only say so at the first connection. */
async function readPem(
  config: GatewayConfig,
  variable: PemVariable,
  parse: (pem: Buffer) => unknown,
): Promise<Buffer | undefined> {
  const path = config[variable];
  if (path === undefined) return undefined;
  const pem = await readFile(path).catch((cause: unknown) => {
    throw new ConfigError(`${variable}: the file cannot be read.`, { cause });
  });
  try {
    parse(pem);
    return pem;
  } catch (cause) {
    throw new ConfigError(`${variable}: the file holds no such thing in PEM form.`, { cause });
  }
}

/** The files of TLS towards the encoder; undefined without TLS. Throws ConfigError that names the variable at fault. */
export async function readEncoderTls(config: GatewayConfig): Promise<TritonTls | undefined> {
  if (!config.TESSERA_ENCODER_TLS) return undefined;
  const ca = await readPem(config, 'TESSERA_ENCODER_TLS_CA_FILE', readCertificate);
  const cert = await readPem(config, 'TESSERA_ENCODER_TLS_CERT_FILE', readCertificate);
  const key = await readPem(config, 'TESSERA_ENCODER_TLS_KEY_FILE', createPrivateKey);
  if (cert && key && !readCertificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new ConfigError('TESSERA_ENCODER_TLS_KEY_FILE: the key is not that of the certificate.');
  }
  const authority = config.TESSERA_ENCODER_TLS_AUTHORITY;
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(authority !== undefined && { overrideAuthority: authority }),
  };
}
