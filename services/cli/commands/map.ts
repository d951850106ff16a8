import { extname } from 'node:path';
import { resizeModes } from '#src/domain/geometry.ts';
import type { ColourScale } from '#src/postprocess/component-colours.ts';
import { CliError } from '../cli-error.ts';
import { withGateway } from '../client/open-gateway.ts';
import type { Collected } from '../map/collect-images.ts';
import { composePicture } from '../map/compose-picture.ts';
import { encodePng } from '../map/encode-png.ts';
import { mapImages, type ImageMap } from '../map/map-images.ts';
import { reportOutcomes } from '../output/report-outcomes.ts';
import { reportParts } from '../output/report-parts.ts';
import { writeResult } from '../output/write-result.ts';
import { optionFields, type AnalysisOptions } from './analysis-options.ts';
import type { CommandContext, CommandResult } from './context.ts';

export interface MapCommandOptions extends Omit<AnalysisOptions, 'pooling'> {
  readonly output?: string | undefined;
  readonly joint?: boolean;
  readonly scale: ColourScale;
  readonly size: number;
  readonly columns: number;
}

/** More would be a picture that nobody can look at. */
const maxFiles = 64;
/** Pixels of all panels; with their picture and its PNG less than 1 GiB of memory. */
const maxPanelPixels = 2 ** 26;

/** What can be told wrong before a gateway is started. Throws CliError `usage`. */
function checkUsage(files: readonly string[], options: MapCommandOptions, isJson: boolean): void {
  const { size, output } = options;
  if (output !== undefined && extname(output).toLowerCase() !== '.png') {
    throw new CliError('usage', `The picture is a PNG, and ${output} is no name of one.`, 'Add -o map.png.');
  }
  if (files.length > maxFiles) {
    const why = `A picture holds at most ${maxFiles} images, and these are ${files.length}.`;
    throw new CliError('usage', why, 'Make several pictures.');
  }
  if (files.length * 2 * size * size > maxPanelPixels) {
    throw new CliError('usage', 'The picture would be too large.', 'Give a smaller --size or fewer files.');
  }
  if (isJson && output === undefined) {
    throw new CliError(
      'usage',
      '--json and the picture cannot both go to standard output.',
      'Add -o map.png.',
    );
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** One line per image: how fine the map is, and how much of what varies its colours can show. */
function describe({ outcomes }: Collected<ImageMap>): readonly string[] {
  return outcomes.flatMap((outcome) => {
    if (!outcome.ok) return [];
    const { grid, tiles, explainedVariance } = outcome.value;
    const patches = `${grid.rows}x${grid.columns} patches${tiles === 1 ? '' : ` in each of ${tiles} tiles`}`;
    return [`${outcome.file}: ${patches}, explained variance ${explainedVariance.map(percent).join(' + ')}`];
  });
}

function toJson({ outcomes, provenance }: Collected<ImageMap>): object {
  const images = outcomes.map((outcome) => {
    if (!outcome.ok) return { file: outcome.file, error: outcome.error };
    const { grid, tiles, patches, explainedVariance } = outcome.value;
    return { file: outcome.file, grid, tiles, patches, explainedVariance };
  });
  return { images, provenance };
}

/** `tessera map FILE…`: images beside the three principal components of their patch tokens as colours, in one PNG. */
export async function map(
  { config, terminal, signal }: CommandContext,
  files: readonly string[],
  options: MapCommandOptions,
): Promise<CommandResult> {
  checkUsage(files, options, terminal.isJson);
  const { joint = false, scale, size, columns, window = 'full', resize = 'stretch' } = options;
  const view = { window, resize: resizeModes.find((mode) => mode === resize)! };
  const maps = await withGateway(config, options.url, signal, async (gateway) => {
    const progress = terminal.progress('mapping', files.length);
    const fields = optionFields({ ...options, ...view });
    const request = { files, fields, view, joint, scale, size, progress, signal };
    return mapImages(gateway, request).finally(() => progress.end());
  });
  const result = reportOutcomes(terminal, maps.outcomes);
  reportParts(
    terminal,
    maps.outcomes.flatMap((outcome) => (outcome.ok ? [outcome] : [])),
  );
  const painted = maps.outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
  if (painted.length === 0) return result;
  const picture = composePicture(painted, columns);
  const path = options.output;
  await writeResult(terminal, path, await encodePng(picture));
  if (path === undefined) return result;
  const summary = { output: path, width: picture.columns, height: picture.rows, joint, scale };
  const lines = [...describe(maps), `wrote ${path}, ${picture.columns}x${picture.rows} pixels`];
  terminal.result({ ...summary, ...toJson(maps) }, lines.join('\n'));
  return result;
}
