import { Option, type Command } from 'commander';
import { colourScales } from '#src/postprocess/component-colours.ts';
import type { RunCommand } from './commands/context.ts';
import { map, type MapCommandOptions } from './commands/map.ts';
import { dropDash, positiveInteger, resizeOption } from './option-values.ts';

/** Adds `tessera map` with its options. */
export function addMapCommand(program: Command, run: RunCommand): void {
  program
    .command('map')
    .description('what the encoder tells apart: three principal components of the patch tokens, as colours')
    .argument('<file...>', 'images')
    .option('--url <url>', 'a running gateway; default: TESSERA_URL, else one is started')
    .option('-m, --model <name>', 'a served model; default: the gateway’s')
    .option('--window <window>', 'full, auto, or center,width in stored values')
    .addOption(resizeOption())
    .option('--joint', 'the same axes and colours for all images; default: its own for each')
    .addOption(new Option('--scale <scale>', 'span of colours').choices(colourScales).default('each'))
    .option('--size <pixels>', 'longer side of an image in the picture', positiveInteger, 448)
    .option('--columns <n>', 'images in a row', positiveInteger, 1)
    .option('-o, --output <path>', 'PNG to write; default, and with -: standard output')
    .action((files: string[], options: MapCommandOptions) =>
      run((ctx) => map(ctx, files, dropDash(options))),
    );
}
