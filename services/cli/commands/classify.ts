import { openAsBlob } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../cli-error.ts';
import { analyseFiles, type Analysis } from '../client/analyse-files.ts';
import { withGateway } from '../client/open-gateway.ts';
import { analysisJson } from '../output/render-embedding-file.ts';
import { renderCsv } from '../output/render-csv.ts';
import { reportOutcomes } from '../output/report-outcomes.ts';
import { writeResult } from '../output/write-result.ts';
import { optionFields, type AnalysisOptions } from './analysis-options.ts';
import type { CommandContext, CommandResult } from './context.ts';

export interface ClassifyOptions extends AnalysisOptions {
  /** `LABEL=FILE`, repeated. */
  readonly example: readonly string[];
  /** A folder with a folder of images per label. */
  readonly examples?: string;
  readonly method?: string;
  readonly output?: string | undefined;
  readonly format?: 'text' | 'json' | 'csv';
}

interface Example {
  readonly label: string;
  readonly file: string;
}

/** The examples travel and are embedded with every request, so a request holds many queries. */
const maxFilesPerRequest = 256;

/** `LABEL=FILE`; the label ends at the first `=`. Throws CliError `usage`. */
export function parseExample(text: string): Example {
  const cut = text.indexOf('=');
  if (cut > 0 && cut < text.length - 1) return { label: text.slice(0, cut), file: text.slice(cut + 1) };
  throw new CliError('usage', `--example ${text} is not LABEL=FILE.`, 'Write --example normal=a.png.');
}

async function readExampleFolder(dir: string): Promise<readonly Example[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && entry.parentPath !== dir)
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => ({ label: file.slice(join(dir, '/').length).split('/')[0]!, file }));
  } catch (thrown) {
    const { code = 'unknown' } = thrown as NodeJS.ErrnoException;
    throw new CliError('usage', `The examples in ${dir} cannot be read (${code}).`, undefined, thrown);
  }
}

async function collectExamples({ example, examples }: ClassifyOptions): Promise<readonly Example[]> {
  const found = [
    ...example.map(parseExample),
    ...(examples === undefined ? [] : await readExampleFolder(examples)),
  ];
  if (new Set(found.map(({ label }) => label)).size >= 2) return found;
  throw new CliError(
    'usage',
    'Examples of at least two labels are needed.',
    'Give --example LABEL=FILE for each, or --examples DIR with a folder per label.',
  );
}

async function exampleFields(examples: readonly Example[]): Promise<readonly (readonly [string, Blob])[]> {
  return Promise.all(
    examples.map(async ({ label, file }) => {
      const blob = await openAsBlob(file).catch((cause: unknown) => {
        throw new CliError('failed', `The example ${file} cannot be read.`, undefined, cause);
      });
      return [`example:${label}`, blob] as const;
    }),
  );
}

/** `file,label,<a probability per label>`. */
function tableOf({ outcomes }: Analysis): readonly (readonly (string | number)[])[] {
  const items = outcomes.flatMap((outcome) => (outcome.ok ? [outcome] : []));
  const probabilitiesOf = ({ item }: (typeof items)[number]) =>
    item['probabilities'] as Readonly<Record<string, number>>;
  const labels = items[0] === undefined ? [] : Object.keys(probabilitiesOf(items[0]));
  const rows = items.map((outcome) => [
    outcome.file,
    String(outcome.item['label']),
    ...labels.map((label) => probabilitiesOf(outcome)[label]!),
  ]);
  return [['file', 'label', ...labels], ...rows];
}

function render(analysis: Analysis, format: string): string {
  if (format === 'json') return `${JSON.stringify(analysisJson(analysis), null, 2)}\n`;
  const table = tableOf(analysis);
  if (format === 'csv') return renderCsv(table);
  const short = (cell: string | number): string => (typeof cell === 'number' ? cell.toFixed(3) : cell);
  return table.map((row) => `${row.map(short).join('\t')}\n`).join('');
}

/** `tessera classify FILE…`: which of the examples' labels each image is nearest to. */
export async function classify(
  ctx: CommandContext,
  files: readonly string[],
  options: ClassifyOptions,
): Promise<CommandResult> {
  const { config, terminal, signal } = ctx;
  const examples = await exampleFields(await collectExamples(options));
  const method = options.method === undefined ? [] : [['method', options.method] as const];
  const analysis = await withGateway(config, options.url, signal, async (gateway) => {
    const progress = terminal.progress('classifying', files.length);
    const fields = [...optionFields(options), ...method, ...examples];
    const request = { path: '/v1/classifications', files, fields, maxFilesPerRequest, progress, signal };
    return analyseFiles(gateway, request).finally(() => progress.end());
  });
  const result = reportOutcomes(terminal, analysis.outcomes);
  const format = options.format ?? (terminal.isJson ? 'json' : 'text');
  await writeResult(terminal, options.output, render(analysis, format));
  return result;
}
