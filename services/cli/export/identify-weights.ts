import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findLicenceText } from '#src/infer/repository/find-licence-text.ts';
import { dinov3Family } from '#src/infer/specs/dinov3-family.ts';
import { findDinov3ConfigFaults } from '#src/infer/specs/find-dinov3-config-faults.ts';
import { weightsFolderOf } from '../weights-folder.ts';
import { CliError } from '../cli-error.ts';

export interface IdentifiedWeights {
  readonly folder: string;
  /** Of `dinov3Family`. */
  readonly variant: string;
}

async function readJson(folder: string, name: string): Promise<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(folder, name), 'utf8'));
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch (cause) {
    const advice = 'A folder as tessera models pull makes it is wanted.';
    throw new CliError('failed', `${join(folder, name)} cannot be read as JSON.`, advice, cause);
  }
  throw new CliError('failed', `${join(folder, name)} holds no object.`);
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;

/** A short name means the folder that `tessera models pull` makes for it. */
async function findFolder(dataDir: string, given: string): Promise<string> {
  const isName = dinov3Family.some(({ variant }) => variant === given);
  const folder = isName ? weightsFolderOf(dataDir, given) : given;
  if (await isFolder(folder)) return folder;
  const names = dinov3Family.map(({ variant }) => variant).join(', ');
  throw isName
    ? new CliError('failed', `There are no weights in ${folder}.`, `Run tessera models pull ${given} first.`)
    : new CliError('usage', `${given} is no folder of weights.`, `Names are: ${names}.`);
}

/**
 * The folder of weights that a name or a path stands for, and which variant of DINOv3 it holds, by its configuration.
 * Throws CliError for weights of another kind, and for weights without their licence text.
 */
export async function identifyWeights(dataDir: string, given: string): Promise<IdentifiedWeights> {
  const folder = await findFolder(dataDir, given);
  const config = await readJson(folder, 'config.json');
  const preprocessor = await readJson(folder, 'preprocessor_config.json');
  const faultsOf = (variant: string) => findDinov3ConfigFaults(variant, config, preprocessor);
  const named = dinov3Family.find(({ variant }) => variant === given);
  const member = named ?? dinov3Family.find(({ variant }) => faultsOf(variant).length === 0);
  if (member === undefined) {
    throw new CliError(
      'failed',
      `${folder} holds none of the DINOv3 ViT family.`,
      'See docs/concepts/models.md.',
    );
  }
  const faults = faultsOf(member.variant);
  if (faults.length > 0) {
    throw new CliError('failed', `The weights are not those of ${member.variant}: ${faults.join('; ')}.`);
  }
  if ((await findLicenceText(folder)) === undefined) {
    const advice =
      'Put the text that the weights came with there as LICENSE: a model without one is not served.';
    throw new CliError('failed', `${folder} has no licence text.`, advice);
  }
  return { folder, variant: member.variant };
}
