import { join, resolve } from 'node:path';
import { AppError } from '#src/domain/app-error.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { writeModelRepository } from '#src/infer/repository/write-model-repository.ts';
import { CliError } from '../cli-error.ts';
import { childOptions, choosePython } from '../export/choose-python.ts';
import { findForeignEntry } from '../export/find-foreign-entry.ts';
import { runLint } from '../export/run-lint.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { chooseModels, readSpecs } from './models.ts';

/** `onnx` and `onnxruntime` are one target. */
export const buildTargets = ['onnx', 'onnxruntime', 'tensorrt', 'python'] as const;

export interface BuildOptions {
  readonly target: (typeof buildTargets)[number];
  readonly out: string;
  readonly model: readonly string[];
  readonly instances: number;
  readonly python?: string;
  /** Write into a folder that holds other things. */
  readonly force?: boolean;
}

/** A graph that TensorRT's parser refuses is found here, and not after half an hour on the GPU machine. */
async function lintGraphs(ctx: CommandContext, specs: readonly ModelSpec[], named: string | undefined) {
  const options = childOptions(ctx);
  const python = await choosePython(ctx, named, options);
  const { modelDir, exporterDir } = ctx.config;
  const graphs = specs.map(({ name, version }) => join(modelDir, name, version, 'model.onnx'));
  await runLint(python, exporterDir, graphs, options);
}

const tensorRtNote = (out: string): string =>
  [
    `The engines are not built: run bash ${join(out, 'build-engines.sh')} on the machine with the GPU, in the image that will serve.`,
    'This project has built and measured none. Until one is verified there, it announces no weights and no gateway uses it.',
  ].join('\n');

/** `tessera models build`: a repository that a model server can load; all models unless some are named. */
export async function buildModels(ctx: CommandContext, options: BuildOptions): Promise<CommandResult> {
  const { config, terminal } = ctx;
  const { out, instances } = options;
  const target = options.target === 'onnx' ? 'onnxruntime' : options.target;
  const specs = chooseModels(await readSpecs(config.modelDir), options.model);
  if (target === 'tensorrt' && resolve(out) === resolve(config.modelDir)) {
    throw new CliError(
      'usage',
      '--out is the model folder.',
      'Its models are served from there: name another.',
    );
  }
  // The model folder itself may hold what it likes: models of other encoders are built in place.
  const isOther = options.force !== true && resolve(out) !== resolve(config.modelDir);
  const foreign = isOther ? await findForeignEntry(out) : undefined;
  if (foreign !== undefined) {
    const why = `--out ${out} holds other things than models, such as ${foreign}.`;
    throw new CliError('usage', why, 'Name a new or empty folder, or add --force.');
  }
  if (target === 'tensorrt') await lintGraphs(ctx, specs, options.python);
  const { modelDir } = config;
  const pythonModel = join(config.exporterDir, '..', 'python', 'model.py');
  try {
    await writeModelRepository({ specs, target, outDir: out, modelDir, pythonModel, options: { instances } });
  } catch (thrown) {
    if (thrown instanceof AppError)
      throw new CliError('failed', thrown.detail, 'Run tessera doctor.', thrown);
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unknown';
    throw new CliError('failed', `The repository cannot be written (${code}).`, undefined, thrown);
  }
  const names = specs.map(({ name }) => name);
  const text = `wrote ${names.join(', ')} for ${target} into ${out}`;
  const note = target === 'tensorrt' ? `\n${tensorRtNote(out)}` : '';
  terminal.result({ target, out, models: names }, text + note);
  return 'done';
}
