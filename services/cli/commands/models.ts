import { AppError } from '#src/domain/app-error.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { loadModelSpecs } from '#src/infer/specs/load-model-specs.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { errorCode } from '../error-code.ts';

/** The specs of the model folder. Throws CliError. */
export async function readSpecs(dir: string): Promise<readonly ModelSpec[]> {
  try {
    return await loadModelSpecs(dir);
  } catch (thrown) {
    const why = thrown instanceof AppError ? thrown.detail : `${dir} cannot be read (${errorCode(thrown)}).`;
    throw new CliError('failed', why, 'Run tessera doctor.', thrown);
  }
}

/** The named ones, all when none is named. Throws CliError, exit `usage`, for a name that is none. */
export function chooseModels(known: readonly ModelSpec[], names: readonly string[]): readonly ModelSpec[] {
  const unknown = names.filter((name) => !known.some((spec) => spec.name === name));
  if (unknown.length > 0) {
    const listed = known.map(({ name }) => name).join(', ');
    throw new CliError('usage', `No such model: ${unknown.join(', ')}.`, `There are: ${listed}.`);
  }
  return names.length === 0 ? known : known.filter(({ name }) => names.includes(name));
}

/** `tessera models list`: what lies in the model folder. */
export async function listModels({ config, terminal }: CommandContext): Promise<CommandResult> {
  const specs = await readSpecs(config.modelDir);
  const models = specs.map(({ name, input, outputs, dimension, precision, weightsDigest, licence }) => ({
    name,
    height: input.height,
    width: input.width,
    outputs,
    dimension,
    precision,
    weightsDigest,
    licence: licence.name,
  }));
  const header = ['name', 'input', 'outputs', 'dimension', 'precision', 'weights', 'licence'].join('\t');
  const lines = models.map((model) =>
    [
      model.name,
      `${model.height}x${model.width}`,
      model.outputs.join(','),
      model.dimension,
      model.precision,
      model.weightsDigest.slice(0, 12),
      model.licence,
    ].join('\t'),
  );
  terminal.result({ models }, [header, ...lines].join('\n'));
  return 'done';
}
