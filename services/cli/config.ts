import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CliError } from './cli-error.ts';

const schema = z.object({
  /** A running gateway; unset: the command line starts one for itself. */
  TESSERA_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Sent to that gateway as `Authorization: Bearer`. */
  TESSERA_API_KEY: z.string().optional(),
  TESSERA_MODEL_DIR: z.string().default(fileURLToPath(new URL('../../triton-models', import.meta.url))),
  /** Where weights, and the Python environment of the export, are kept. */
  TESSERA_DATA_DIR: z.string().default('data'),
  /** A Python with the exporter's packages; unset: `export` makes an environment of its own. */
  TESSERA_PYTHON: z.string().optional(),
  /** The hub that models are pulled from, or a mirror; names and meaning as in Hugging Face's own client. */
  HF_ENDPOINT: z.url({ protocol: /^https?$/ }).default('https://huggingface.co'),
  HF_TOKEN: z.string().optional(),
});

const exporterDir = fileURLToPath(new URL('../../triton-models/export', import.meta.url));

type Environment = Readonly<Record<string, string | undefined>>;

export interface CliConfig {
  readonly url: string | undefined;
  readonly apiKey: string | undefined;
  readonly modelDir: string;
  readonly dataDir: string;
  readonly python: string | undefined;
  /** Folder of `export_model.py`. */
  readonly exporterDir: string;
  /** Address of the model hub, without a slash at its end. */
  readonly hubEndpoint: string;
  readonly hubToken: string | undefined;
  /** This process's own environment, which a gateway started by it inherits. */
  readonly environment: Environment;
}

/** Parses an environment. Throws CliError, exit `usage`, that names the variable and not its value. */
export function parseCliConfig(environment: Environment): CliConfig {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new CliError('usage', faults.join('; '), 'Correct or unset the variable.');
  }
  const { TESSERA_URL: url, TESSERA_API_KEY: apiKey, TESSERA_MODEL_DIR: modelDir } = parsed.data;
  const { TESSERA_DATA_DIR: dataDir, TESSERA_PYTHON: python } = parsed.data;
  const hubEndpoint = parsed.data.HF_ENDPOINT.replace(/\/+$/, '');
  const hubToken = parsed.data.HF_TOKEN;
  return Object.freeze({
    url,
    apiKey,
    modelDir,
    dataDir,
    python,
    exporterDir,
    hubEndpoint,
    hubToken,
    environment,
  });
}

/** The settings of this process: the environment, read once. Throws CliError. */
export function loadCliConfig(): CliConfig {
  return parseCliConfig(process.env);
}
