import { readGatewayConfig } from '../client/read-gateway-config.ts';
import type { CommandContext, CommandResult } from './context.ts';

/** A value as it is written in the environment; an empty one means unset. */
function environmentText(value: unknown): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.map(String).join(',');
  if (typeof value !== 'object') return String(value as string | number | boolean);
  const pairs = Object.entries(value as Readonly<Record<string, unknown>>);
  return pairs.map(([name, each]) => `${name}=${String(each)}`).join(',');
}

/** `tessera config`: the settings that a gateway started here would have, without secrets. */
export async function showConfig({ config, terminal, signal }: CommandContext): Promise<CommandResult> {
  const effective = {
    ...(await readGatewayConfig(config, signal)),
    ...(config.url !== undefined && { TESSERA_URL: config.url }),
    ...(config.apiKey !== undefined && { TESSERA_API_KEY: '…' }),
  };
  const lines = Object.entries(effective).map(([name, value]) => `${name}=${environmentText(value)}`);
  terminal.result(effective, lines.join('\n'));
  return 'done';
}
