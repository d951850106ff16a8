import { AppError } from '#src/domain/app-error.ts';

/** OpenSSL's and Node's codes of a certificate that does not hold. */
const certificateCode = /CERT|^ERR_TLS_|^UNABLE_TO_|^SELF_SIGNED|^DEPTH_ZERO|^HOSTNAME_MISMATCH/;
/** Codes of c-ares and getaddrinfo: the name, or whoever could tell it, is unknown. */
const unknownNameCodes: readonly string[] = [
  'ENOTFOUND',
  'ENODATA',
  'ESERVFAIL',
  'EAI_AGAIN',
  'EREFUSED',
  'ETIMEOUT',
];

/** Public words for what went wrong on the way; the failure itself (it names host and address) stays behind as the cause. */
function describe(code: string): string {
  if (unknownNameCodes.includes(code)) return 'The host name of the address cannot be resolved.';
  if (code === 'ECONNREFUSED') return 'The server of the address refuses connections.';
  if (certificateCode.test(code))
    return 'The certificate of the server is not trusted, or is for another name.';
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return 'The server of the address broke off before the file was complete.';
  }
  return 'The server of the address cannot be reached, or does not speak HTTP over TLS.';
}

/** Whatever Node throws on the way to a file → `url-unreachable`; AppErrors pass. */
export function toUnreachable(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = (thrown as { code?: unknown } | null)?.code;
  return new AppError('url-unreachable', describe(typeof code === 'string' ? code : ''), { cause: thrown });
}
