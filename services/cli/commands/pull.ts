import { readFile } from 'node:fs/promises';
import { dinov3Family } from '#src/infer/specs/dinov3-family.ts';
import { HubError, type HubFault } from '#src/store/hub/hub-error.ts';
import { importFolder } from '#src/store/hub/import-folder.ts';
import { pullModel } from '#src/store/hub/pull-model.ts';
import { CliError } from '../cli-error.ts';
import type { Progress } from '../terminal.ts';
import { weightsFolderOf } from '../weights-folder.ts';
import type { CommandContext, CommandResult } from './context.ts';

export interface PullCommandOptions {
  readonly revision: string;
  readonly out?: string;
  readonly tokenFile?: string;
  /** A mirror; default: HF_ENDPOINT. */
  readonly endpoint?: string;
  /** A folder instead of a hub. */
  readonly from?: string;
  /** List of sha256 for that folder. */
  readonly checksums?: string;
}

const basePauseMs = 500;
/** A storage host that works sends something every few seconds. */
const idleMs = 30_000;

/** @param page of the repository at the hub. */
function adviceFor(fault: HubFault, endpoint: string, page: string): string | undefined {
  const accept = `Accept the terms at ${page}, with the account of the token.`;
  const advice: Readonly<Record<HubFault, string | undefined>> = {
    unauthorized: `${accept} Make one at ${endpoint}/settings/tokens, and give it by HF_TOKEN or --token-file.`,
    gated: `${accept} It is given by HF_TOKEN or --token-file, and must have the right to read gated repositories.`,
    'not-found': 'Check the name and --revision; a private repository also needs a token.',
    unavailable: 'Run it again: what has come so far is kept.',
    corrupt: 'Run it again; if it stays so, use another source (--endpoint, --from).',
    protocol: 'Check HF_ENDPOINT or --endpoint.',
    'no-licence': 'Take it from the repository of the publisher.',
    'no-weights': undefined,
    exists: 'Name another folder with --out, or remove it.',
    insecure:
      'Give an https address (HF_ENDPOINT or --endpoint), or no token: unset HF_TOKEN, leave --token-file out.',
    storage: 'See to room, rights and names there, and run it again: what has come so far is kept.',
  };
  return advice[fault];
}

async function readToken({ config }: CommandContext, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return config.hubToken;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError('usage', `The token file ${path} cannot be read.`, undefined, cause);
  });
  return text.trim();
}

/** A short name stands for the publisher's repository. */
function repositoryOf(given: string): string {
  const member = dinov3Family.find(({ variant }) => variant === given);
  if (member !== undefined) return member.repository;
  // No part may begin with a point: it becomes part of an address and of a folder's name.
  if (/^\w[\w.-]*\/\w[\w.-]*$/.test(given)) return given;
  const names = dinov3Family.map(({ variant }) => variant).join(', ');
  throw new CliError('usage', `${given} is neither owner/name nor a short name.`, `Short names: ${names}.`);
}

function endpointOf({ config }: CommandContext, given: string | undefined): string {
  if (given === undefined) return config.hubEndpoint;
  if (URL.canParse(given) && /^https?:/.test(given)) return given.replace(/\/+$/, '');
  throw new CliError('usage', '--endpoint is not an http or https address.');
}

/**
 * `tessera models pull NAME|OWNER/NAME`: weights, configuration and licence text of one commit, checked; from a hub, a mirror or a
 * folder.
 */
export async function pull(
  ctx: CommandContext,
  given: string,
  options: PullCommandOptions,
): Promise<CommandResult> {
  const { config, terminal, signal } = ctx;
  const repo = repositoryOf(given);
  const endpoint = endpointOf(ctx, options.endpoint);
  const outDir = options.out ?? weightsFolderOf(config.dataDir, given);
  const token = await readToken(ctx, options.tokenFile);
  let progress: Progress | undefined;
  const target = {
    repo,
    outDir,
    onTotal: (bytes: number) => void (progress = terminal.progress('bytes', bytes)),
    onBytes: (count: number) => progress?.advance(count),
  };
  try {
    if (options.from !== undefined) {
      const { from: fromDir, checksums } = options;
      const model = await importFolder({ ...target, fromDir, checksums, signal });
      const checked = model.isChecked ? 'digests as listed' : 'no list of digests was there to compare with';
      progress?.end();
      const text = `${model.repo} from ${fromDir} is in ${outDir}, ${checked}; its terms are in ${model.licence}`;
      terminal.result({ out: outDir, ...model }, text);
      return 'done';
    }
    const access = { endpoint, token, basePauseMs, idleMs, signal };
    const model = await pullModel({ ...target, access, revision: options.revision });
    progress?.end();
    const text = `${repo} at ${model.commit} is in ${outDir}; its terms are in ${model.licence}`;
    terminal.result({ out: outDir, ...model }, text);
    return 'done';
  } catch (thrown) {
    progress?.end();
    if (!(thrown instanceof HubError)) throw thrown;
    throw new CliError(
      'failed',
      thrown.message,
      adviceFor(thrown.fault, endpoint, `${endpoint}/${repo}`),
      thrown,
    );
  }
}
