import { readGatewayConfig } from '../client/read-gateway-config.ts';
import type { CommandContext, CommandResult } from './context.ts';

/** `tessera config`: the settings that a gateway started here would have, without secrets. */
export async function showConfig({ config, terminal, signal }: CommandContext): Promise<CommandResult> {
  const effective = {
    ...(await readGatewayConfig(config, signal)),
    ...(config.url !== undefined && { TESSERA_URL: config.url }),
    ...(config.apiKey !== undefined && { TESSERA_API_KEY: '…' }),
  };
  const lines = Object.entries(effective).map(([name, value]) => {
    return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  terminal.result(effective, lines.join('\n'));
  return 'done';
}
