import packageJson from '../../package.json' with { type: 'json' };
import { Command, Option } from 'commander';
import { classify, type ClassifyOptions } from './commands/classify.ts';
import { showConfig } from './commands/config.ts';
import type { RunCommand } from './commands/context.ts';
import { doctor } from './commands/doctor.ts';
import { embed, type EmbedOptions } from './commands/embed.ts';
import { serve } from './commands/serve.ts';
import { addMapCommand } from './map-command.ts';
import { addModelCommands } from './model-commands.ts';
import { collect, dropDash, poolingOption, resizeOption } from './option-values.ts';
import { embeddingFormats } from './output/render-embedding-file.ts';

const exitCodeHelp = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 some files failed, 4 gateway unavailable, 5 doctor or verify found a fault,
130 interrupted. Without --url (or TESSERA_URL) a gateway is started for the command and stopped after it.`;

/** Options of commands that send images to the gateway. */
function withAnalysisOptions(command: Command): Command {
  return command
    .argument('<file...>', 'images')
    .option('--url <url>', 'a running gateway; default: TESSERA_URL, else one is started')
    .option('-m, --model <name>', 'a served model; default: the gateway’s')
    .addOption(poolingOption())
    .option('--window <window>', 'full, auto, or center,width in stored values')
    .addOption(resizeOption())
    .option('-o, --output <path>', 'file to write; default, and with -: standard output');
}

/** The commands and their options. Parsing throws CommanderError. */
export function createProgram(run: RunCommand): Command {
  const program = new Command('tessera')
    .description('Embeddings and few-shot classification of medical images with frozen DINOv3 encoders.')
    .version(packageJson.version, '--version', 'the version of this package')
    .option('--json', 'the result, and an error, as one JSON document')
    .addHelpText('after', exitCodeHelp)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showHelpAfterError(false);

  withAnalysisOptions(program.command('embed').description('an embedding for each image'))
    .addOption(
      new Option('-f, --format <format>', 'default: by the name of the output, else json').choices(
        embeddingFormats,
      ),
    )
    .option('--no-normalize', 'leave the vectors’ lengths as they are')
    .action((files: string[], options: EmbedOptions) => run((ctx) => embed(ctx, files, dropDash(options))));

  withAnalysisOptions(program.command('classify').description('the nearest of some labelled examples'))
    .option(
      '-e, --example <label=file>',
      'a labelled example; may be repeated; required, or --examples',
      collect,
      [],
    )
    .option('--examples <dir>', 'a folder with a folder of images per label')
    .addOption(new Option('--method <method>', 'default: prototypes').choices(['prototypes', 'knn']))
    .addOption(new Option('-f, --format <format>', 'default: text').choices(['text', 'json', 'csv']))
    .action((files: string[], options: ClassifyOptions) =>
      run((ctx) => classify(ctx, files, dropDash(options))),
    );

  addMapCommand(program, run);
  addModelCommands(program, run);
  program
    .command('serve')
    .description('the gateway, in the foreground, with the settings of the environment')
    .action(() => run(serve));
  program
    .command('config')
    .description('the settings that a gateway started here would have, without secrets')
    .action(() => run(showConfig));
  program
    .command('doctor')
    .description('what works here, what does not, and what to do')
    .action(() => run(doctor));
  return program;
}
