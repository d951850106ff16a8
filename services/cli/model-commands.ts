import { Option, type Command } from 'commander';
import type { RunCommand } from './commands/context.ts';
import { listModels } from './commands/models.ts';
import { buildModels, buildTargets, type BuildOptions } from './commands/models-build.ts';
import { exportModel, type ExportOptions } from './commands/models-export.ts';
import { verifyModels, type VerifyOptions } from './commands/models-verify.ts';
import { pull, type PullCommandOptions } from './commands/pull.ts';
import { collect, positiveInteger } from './option-values.ts';

function addBuild(models: Command, run: RunCommand): void {
  models
    .command('build')
    .description('write a repository that a model server can load')
    .addOption(
      new Option('--target <target>', 'server; required').choices(buildTargets).makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', 'folder to write; required')
    .option('-m, --model <name>', 'only this model; may be repeated', collect, [])
    .option('--instances <n>', 'copies that run side by side', positiveInteger, 1)
    .option('--python <path>', 'for the lint of tensorrt, as for export')
    .option('--force', 'write into a folder that holds other things, which stay')
    .action((options: BuildOptions) => run((ctx) => buildModels(ctx, options)));
}

function addPull(models: Command, run: RunCommand): void {
  models
    .command('pull')
    .description('fetch weights with their licence text from a hub (HF_ENDPOINT, HF_TOKEN)')
    .argument('<name>', 'short name (dinov3_vits16), or repository at the hub, owner/name')
    .option('--revision <revision>', 'branch, tag or commit', 'main')
    .option('--out <dir>', 'folder to make; default: data/weights/<name> (TESSERA_DATA_DIR)')
    .option('--token-file <path>', 'file with the token; default: HF_TOKEN')
    .option('--endpoint <url>', 'another hub or mirror; default: HF_ENDPOINT, else https://huggingface.co')
    .option('--from <dir>', 'take a copy of the repository in a folder instead of a hub')
    .option('--checksums <file>', 'with --from: sha256sum’s list; default: its pull.json or SHA256SUMS')
    .action((name: string, options: PullCommandOptions) => run((ctx) => pull(ctx, name, options)));
}

function addExport(models: Command, run: RunCommand): void {
  models
    .command('export')
    .description('make a served model of weights, behind parity gates (needs Python from 3.11)')
    .argument('<weights>', 'folder of weights, or the short name with which they were pulled')
    .requiredOption('--size <pixels>', 'side of the input; required', positiveInteger)
    .addOption(
      new Option('--precision <precision>', 'of the engine')
        .choices(['fp32', 'fp16', 'int8'])
        .default('fp32'),
    )
    .option('--calibration <file>', 'images for INT8, UINT8 [N,3,H,W] as npy; default: synthetic ones')
    .option(
      '--head-data <dir>',
      'a folder per label of PNG or JPEG images: gates a head’s AUC; INT8 needs it',
    )
    .option(
      '--python <path>',
      'a Python with the exporter’s packages; default: TESSERA_PYTHON, else one is set up',
    )
    .option('--force', 'replace a model of that name')
    .action((weights: string, options: ExportOptions) => run((ctx) => exportModel(ctx, weights, options)));
}

function addVerify(models: Command, run: RunCommand): void {
  models
    .command('verify')
    .description('compare models with the reference: their files, and what a server computes with them')
    .argument('[name...]', 'models; default: all')
    .option('--encoder <target>', 'a running KServe server, host:port; default: the embedded encoder is run')
    .option(
      '--write-parity <dir>',
      'record in a TensorRT repository what passed; take the record back where a gate is missed',
    )
    .option('--reference-image <file>', 'COCO val 000000039769.jpg, for which values are published')
    .action((names: string[], options: VerifyOptions) => run((ctx) => verifyModels(ctx, names, options)));
}

/** `tessera models …`. */
export function addModelCommands(program: Command, run: RunCommand): void {
  const models = program.command('models').description('the models in the model folder');
  models
    .command('list')
    .description('what lies in the model folder (TESSERA_MODEL_DIR)')
    .action(() => run(listModels));
  addPull(models, run);
  addExport(models, run);
  addVerify(models, run);
  addBuild(models, run);
}
