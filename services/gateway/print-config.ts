/* Prints the effective configuration as JSON without secrets, for `tessera config`; exit code 78 when it cannot be used. */
import { ConfigError, loadGatewayConfig, type GatewayConfig } from './config.ts';

/** Keys become their number, metadata values (they may be tokens) three dots. */
function redact(config: GatewayConfig): Readonly<Record<string, unknown>> {
  return {
    ...config,
    TESSERA_API_KEYS: `${config.TESSERA_API_KEYS.length} keys`,
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
