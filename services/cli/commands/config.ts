import { readGatewayConfig } from '../client/read-gateway-config.ts';
import type { CommandContext, CommandResult } from './context.ts';

/** What a setting of the gateway is in JSON: null where it is unset. */
type Setting = string | number | boolean | null | readonly string[] | Readonly<Record<string, string>>;

/** A value as it is written in the environment; an empty one means unset. */
function environmentText(value: Setting): string {
  if (value === null) return '';
  if (typeof value !== 'object') return `${value}`;
  const parts = Array.isArray(value) ? value : Object.entries(value).map(([name, each]) => `${name}=${each}`);
  return parts.join(',');
}

/** `tessera config`: the settings that a gateway started here would have, without secrets. */
export async function showConfig({ config, terminal, signal }: CommandContext): Promise<CommandResult> {
  const effective = {
    ...((await readGatewayConfig(config, signal)) as Readonly<Record<string, Setting>>),
    ...(config.url !== undefined && { TESSERA_URL: config.url }),
    ...(config.apiKey !== undefined && { TESSERA_API_KEY: '…' }),
  };
  const lines = Object.entries(effective).map(([name, value]) => `${name}=${environmentText(value)}`);
  terminal.result(effective, lines.join('\n'));
  return 'done';
}
