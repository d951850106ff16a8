import { readFile } from 'node:fs/promises';
import { HubError, type HubFault } from '#src/store/hub/hub-error.ts';
import { pullModel } from '#src/store/hub/pull-model.ts';
import { CliError } from '../cli-error.ts';
import type { Progress } from '../terminal.ts';
import type { CommandContext, CommandResult } from './context.ts';

export interface PullCommandOptions {
  readonly revision: string;
  readonly out: string;
  readonly tokenFile?: string;
}

const basePauseMs = 500;

const adviceFor: Readonly<Record<HubFault, string | undefined>> = {
  unauthorized: 'Set HF_TOKEN, or give --token-file.',
  gated: 'Accept the terms on the page of the model, with the account of the token.',
  'not-found': 'Check the name and --revision; a private repository also needs a token.',
  unavailable: 'Run it again: what has come so far is kept.',
  corrupt: 'Run it again; if it stays so, use another mirror (HF_ENDPOINT).',
  protocol: 'Check HF_ENDPOINT.',
  'no-licence': 'Pull from the repository of the publisher.',
  'no-weights': undefined,
  exists: 'Name another folder, or remove it.',
};

async function readToken({ config }: CommandContext, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return config.hubToken;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError('usage', `The token file ${path} cannot be read.`, undefined, cause);
  });
  return text.trim();
}

/** `tessera models pull OWNER/NAME`: weights, configuration and licence text of one commit, checked. */
export async function pull(
  ctx: CommandContext,
  repo: string,
  { revision, out, tokenFile }: PullCommandOptions,
): Promise<CommandResult> {
  const { config, terminal, signal } = ctx;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repo)) {
    throw new CliError('usage', `${repo} is not owner/name.`, 'For example owner/dinov3-model.');
  }
  const token = await readToken(ctx, tokenFile);
  let progress: Progress | undefined;
  try {
    const model = await pullModel({
      access: { endpoint: config.hubEndpoint, token, basePauseMs, signal },
      repo,
      revision,
      outDir: out,
      onTotal: (bytes) => (progress = terminal.progress('bytes', bytes)),
      onBytes: (count) => progress?.advance(count),
    });
    progress?.end();
    const text = `${repo} at ${model.commit} is in ${out}; its terms are in ${model.licence}`;
    terminal.result({ out, ...model }, text);
    return 'done';
  } catch (thrown) {
    progress?.end();
    if (!(thrown instanceof HubError)) throw thrown;
    throw new CliError('failed', thrown.message, adviceFor[thrown.fault], thrown);
  }
}
