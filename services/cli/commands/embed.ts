import { extname } from 'node:path';
import { CliError } from '../cli-error.ts';
import { analyseFiles, notesOf } from '../client/analyse-files.ts';
import { withGateway } from '../client/open-gateway.ts';
import {
  embeddingFormats,
  renderEmbeddingFile,
  type EmbeddingFormat,
} from '../output/render-embedding-file.ts';
import { reportOutcomes } from '../output/report-outcomes.ts';
import { reportParts } from '../output/report-parts.ts';
import { writeResult } from '../output/write-result.ts';
import { optionFields, type AnalysisOptions } from './analysis-options.ts';
import type { CommandContext, CommandResult } from './context.ts';

export interface EmbedOptions extends AnalysisOptions {
  readonly output?: string | undefined;
  readonly format?: EmbeddingFormat;
  /** false by `--no-normalize`. */
  readonly normalize: boolean;
}

/** A request's reply is built in the gateway's memory: enough to fill batches, not more. */
const maxFilesPerRequest = 64;

function chooseFormat({ format, output }: EmbedOptions): EmbeddingFormat {
  if (output === undefined) return format ?? 'json';
  const known = embeddingFormats.find((name) => extname(output).toLowerCase() === `.${name}`);
  if (format !== undefined && known !== undefined && known !== format) {
    const why = `--format ${format} contradicts the name of the output file.`;
    throw new CliError('usage', why, `Name it .${format}, or leave --format out.`);
  }
  const chosen = format ?? known;
  if (chosen !== undefined) return chosen;
  throw new CliError(
    'usage',
    'The name of the output file tells no format.',
    'Add --format json, csv or npy.',
  );
}

/** `tessera embed FILE…`: an embedding for each image. */
export async function embed(
  ctx: CommandContext,
  files: readonly string[],
  options: EmbedOptions,
): Promise<CommandResult> {
  const { config, terminal, signal } = ctx;
  const format = chooseFormat(options);
  const analysis = await withGateway(config, options.url, signal, async (gateway) => {
    const progress = terminal.progress('embedding', files.length);
    const fields = [...optionFields(options), ['normalize', String(options.normalize)] as const];
    const limits = { maxFilesPerRequest, takesAddresses: true };
    const request = { path: '/v1/embeddings', files, fields, ...limits, progress, signal };
    return analyseFiles(gateway, request).finally(() => progress.end());
  });
  const result = reportOutcomes(terminal, analysis.outcomes);
  const parts = analysis.outcomes.map((outcome) => ({ file: outcome.file, notes: notesOf(outcome) }));
  reportParts(terminal, parts);
  // An array of nothing would look like a result.
  if (analysis.head === undefined && format !== 'json') return result;
  await writeResult(terminal, options.output, renderEmbeddingFile(analysis, format));
  if (options.output !== undefined) {
    const embedded = analysis.outcomes.filter(({ ok }) => ok).length;
    const summary = { output: options.output, format, embedded, failed: files.length - embedded };
    terminal.result(
      { ...summary, provenance: analysis.head?.provenance },
      `${embedded} of ${files.length} files embedded into ${options.output}`,
    );
  }
  return result;
}
