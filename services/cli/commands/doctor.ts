import { readGatewayConfig } from '../client/read-gateway-config.ts';
import { checkEncoders, checkPort, checkTemporaryFolder } from '../doctor/check-machine.ts';
import { askEmbeddedEncoder } from '../doctor/ask-embedded-encoder.ts';
import { checkModels } from '../doctor/check-models.ts';
import { checkNode, checkPackages } from '../doctor/check-runtime.ts';
import type { Finding } from '../doctor/finding.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandResult } from './context.ts';

async function checkConfigured({ config, signal }: CommandContext): Promise<readonly Finding[]> {
  try {
    const effective = await readGatewayConfig(config, signal);
    const targets = effective['TESSERA_ENCODER_URLS'] as readonly string[];
    const found = await Promise.all([
      checkModels(
        String(effective['TESSERA_MODEL_DIR']),
        String(effective['TESSERA_DEFAULT_MODEL']),
        // With servers of one's own there is no embedded encoder to ask.
        async (specs) => (targets.length > 0 ? [] : askEmbeddedEncoder(config, specs, signal)),
      ),
      checkPort(String(effective['TESSERA_HOST']), Number(effective['TESSERA_PORT'])),
      checkEncoders(targets),
    ]);
    return [{ name: 'configuration', isOk: true, detail: 'can be used' }, ...found.flat()];
  } catch (thrown) {
    if (!(thrown instanceof CliError)) throw thrown;
    const advice = thrown.advice ?? 'Correct the variable.';
    return [{ name: 'configuration', isOk: false, detail: thrown.message, advice }];
  }
}

/** `tessera doctor`: what works here, what does not, and what to do about it. */
export async function doctor(ctx: CommandContext): Promise<CommandResult> {
  const findings = [
    checkNode(),
    ...(await checkPackages()),
    ...(await checkTemporaryFolder()),
    ...(await checkConfigured(ctx)),
  ];
  const isOk = findings.every((finding) => finding.isOk);
  const lines = findings.map(({ name, isOk, detail, advice }) => {
    const line = `${isOk ? 'ok  ' : 'FAIL'}  ${name}: ${detail}`;
    return advice === undefined ? line : `${line}\n      → ${advice}`;
  });
  ctx.terminal.result({ isOk, findings }, lines.join('\n'));
  return isOk ? 'done' : 'checkFailed';
}
