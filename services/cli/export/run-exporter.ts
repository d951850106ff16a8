import { join } from 'node:path';
import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import { runChild, type ChildOptions } from './run-child.ts';

export interface ExporterRequest {
  readonly python: string;
  /** Folder of export_model.py. */
  readonly exporterDir: string;
  readonly weightsDir: string;
  /** Holds `spec.json`; the graph, `export.json` and the golden files are written beside it. */
  readonly modelDir: string;
  /** UINT8 [N, 3, H, W] as npy; for INT8. */
  readonly calibration: string | undefined;
  /** A folder per label of PNG or JPEG images, for the gate of a head's AUC; INT8 needs it. */
  readonly headData: string | undefined;
}

const parity = z.object({
  images: z.int(),
  outputs: z.record(z.string(), z.object({ cosineMin: z.number() })),
});

/** Figures of an engine that passed: least cosine with the reference, by output. */
export type ExportFigures = Readonly<Record<string, number>>;

/** What an exporter that ended with a failure says: its gates and the likely reason, else its last word. */
function failureOf(stdout: string, stderr: string): CliError {
  const lines = stdout.split('\n');
  const refused = lines.filter((line) => line.startsWith('REFUSED ')).map((line) => line.slice(8));
  const likely = lines.find((line) => line.startsWith('LIKELY '))?.slice(7);
  if (refused.length === 0) {
    const [last = 'it was ended from outside'] = stderr.split('\n').slice(-1);
    return new CliError('failed', `The exporter failed: ${last}`, undefined, new Error(stderr));
  }
  const reason = likely === undefined ? '' : ` Likely: ${likely}.`;
  return new CliError('failed', `The engine is refused: ${refused.join('; ')}.${reason}`);
}

/** Runs triton-models/export/export_model.py. Throws CliError when the engine misses a gate; honours the signal. */
export async function runExporter(request: ExporterRequest, options: ChildOptions): Promise<ExportFigures> {
  const { python, exporterDir, weightsDir, modelDir, calibration, headData } = request;
  const script = join(exporterDir, 'export_model.py');
  const images = calibration === undefined ? [] : ['--calibration', calibration];
  const labelled = headData === undefined ? [] : ['--head-data', headData];
  const args = [script, '--weights', weightsDir, '--model', modelDir, '--golden', ...images, ...labelled];
  const { exitCode, stdout, stderr } = await runChild(python, args, options);
  if (exitCode !== 0) throw failureOf(stdout, stderr);
  const { outputs } = parity.parse(JSON.parse(stdout));
  return Object.fromEntries(Object.entries(outputs).map(([name, { cosineMin }]) => [name, cosineMin]));
}
