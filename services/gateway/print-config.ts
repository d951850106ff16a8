/* Prints the effective configuration as JSON without secrets, for `tessera config`; exit code 78 when it cannot be used. */
import type { AllowedHost } from '#src/remote/allowed-hosts.ts';
import { ConfigError, gatewayVariables, loadGatewayConfig, type GatewayConfig } from './config.ts';

const httpsPort = 443;

/** An entry of the allow-list as it is written there. */
const showHost = ({ host, isWildcard, port }: AllowedHost): string =>
  `${isWildcard ? '*.' : ''}${host}${port === httpsPort ? '' : `:${port}`}`;

/** Every variable, null where it is unset; digests of keys and metadata values (they may be tokens) become three dots. */
function redact(config: GatewayConfig): Readonly<Record<string, unknown>> {
  return {
    ...Object.fromEntries(gatewayVariables.map((name) => [name, null])),
    ...config,
    TESSERA_API_KEYS: config.TESSERA_API_KEYS.map(() => 'sha256:…'),
    TESSERA_URL_ALLOW_LIST: config.TESSERA_URL_ALLOW_LIST.map(showHost),
    TESSERA_ENCODER_METADATA: Object.fromEntries(
      Object.keys(config.TESSERA_ENCODER_METADATA).map((name) => [name, '…']),
    ),
  };
}

try {
  process.stdout.write(`${JSON.stringify(redact(loadGatewayConfig()))}\n`);
} catch (thrown) {
  if (!(thrown instanceof ConfigError)) throw thrown;
  process.stderr.write(`${thrown.message}\n`);
  process.exitCode = 78;
}
