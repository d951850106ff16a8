import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#src/domain/app-error.ts';
import { isLicenceFileName } from '#src/domain/licence-text.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { renderConfigPbtxt } from '#src/infer/repository/render-config-pbtxt.ts';
import { createDinov3Spec } from '#src/infer/specs/create-dinov3-spec.ts';
import { weightsDigest } from '#src/infer/specs/weights-digest.ts';
import { CliError } from '../cli-error.ts';
import { childOptions, choosePython } from '../export/choose-python.ts';
import { identifyWeights, type IdentifiedWeights } from '../export/identify-weights.ts';
import type { ChildOptions } from '../export/run-child.ts';
import { replaceFolder } from '../export/replace-folder.ts';
import { runExporter, type ExportFigures } from '../export/run-exporter.ts';
import type { CommandContext, CommandResult } from './context.ts';

export interface ExportOptions {
  readonly size: number;
  readonly precision: 'fp32' | 'fp16' | 'int8';
  readonly calibration?: string;
  /** Folder of labelled images; INT8 needs it. */
  readonly headData?: string;
  readonly python?: string;
  readonly force?: true;
}

async function makeSpec(weights: IdentifiedWeights, { size, precision }: ExportOptions): Promise<ModelSpec> {
  try {
    const digest = await weightsDigest(weights.folder);
    return createDinov3Spec({ variant: weights.variant, size, weightsDigest: digest, precision });
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    throw new CliError('usage', thrown.detail, undefined, thrown);
  }
}

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;

/** What an INT8 engine costs a head, no cosine says: that gate needs images. Asked before minutes are spent. */
async function checkHeadData({ precision, headData }: ExportOptions): Promise<void> {
  const wanted = 'a folder per label with 20 or more PNG or JPEG images each';
  if (headData === undefined) {
    if (precision !== 'int8') return;
    const advice = `Give --head-data DIR, ${wanted}.`;
    throw new CliError('usage', 'INT8 is exported only when a head’s AUC is compared with FP32.', advice);
  }
  const found = await stat(headData).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new CliError('usage', `${headData} is no folder.`, `--head-data wants ${wanted}.`);
}

/** Terms and notices travel with what is made of the weights. */
async function copyTerms(from: string, to: string): Promise<void> {
  const names = await readdir(from);
  const terms = names.filter((name) => isLicenceFileName(name) || /^notice(\.(md|txt))?$/i.test(name));
  for (const name of terms) await copyFile(join(from, name), join(to, name));
}

/**
 * Makes the model's folder aside and gives it its name when it is whole. Aside means one level deeper than where the gateway looks,
 * and on the same file system, so that taking the name is a rename.
 */
async function buildFolder(
  ctx: CommandContext,
  spec: ModelSpec,
  weights: IdentifiedWeights,
  python: string,
  { calibration, headData, force }: ExportOptions,
  options: ChildOptions,
): Promise<ExportFigures> {
  const { modelDir, exporterDir } = ctx.config;
  await mkdir(modelDir, { recursive: true });
  const staging = await mkdtemp(join(modelDir, '.export-'));
  try {
    const folder = join(staging, spec.name);
    await mkdir(folder);
    await writeFile(join(folder, 'spec.json'), `${JSON.stringify(spec, null, 2)}\n`);
    const request = {
      python,
      exporterDir,
      weightsDir: weights.folder,
      modelDir: folder,
      calibration,
      headData,
    };
    const figures = await runExporter(request, options);
    await copyTerms(weights.folder, folder);
    await writeFile(join(folder, 'config.pbtxt'), renderConfigPbtxt(spec, 'onnxruntime'));
    const target = join(modelDir, spec.name);
    await (force ? replaceFolder(folder, target) : rename(folder, target));
    return figures;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/**
 * `tessera models export DIR|NAME`: an engine of the weights, behind the exporter's gates, as a folder that the gateway takes up at
 * its next start. Nothing appears in the model folder before all of it is there.
 */
export async function exportModel(
  ctx: CommandContext,
  given: string,
  options: ExportOptions,
): Promise<CommandResult> {
  const { config, terminal } = ctx;
  await checkHeadData(options);
  const weights = await identifyWeights(config.dataDir, given);
  const spec = await makeSpec(weights, options);
  const target = join(config.modelDir, spec.name);
  if (options.force !== true && (await exists(target))) {
    throw new CliError('failed', `${target} exists already.`, 'Give --force to replace it.');
  }
  const forChild = childOptions(ctx);
  const python = await choosePython(ctx, options.python, forChild);
  const figures = await buildFolder(ctx, spec, weights, python, options, forChild);
  const shown = Object.entries(figures).map(([name, cosine]) => `${name} ${cosine.toFixed(7)}`);
  const text = [
    `${spec.name} is in ${target}; least cosine with the reference: ${shown.join(', ')}`,
    `A gateway serves it from its next start; as the default with TESSERA_DEFAULT_MODEL=${spec.name}`,
  ];
  terminal.result({ model: spec.name, folder: target, precision: spec.precision, figures }, text.join('\n'));
  return 'done';
}
