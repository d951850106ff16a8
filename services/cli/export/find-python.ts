import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import { runChild, type ChildOptions } from './run-child.ts';

export interface FoundPython {
  readonly command: string;
  /** For example `3.11.7`. */
  readonly version: string;
  /** Packages of the exporter that it cannot import. */
  readonly missing: readonly string[];
}

/** The pinned NumPy wants 3.11. */
const leastMinor = 11;
/** The version with which the committed models were exported goes first. */
const candidates = ['python3.11', 'python3.12', 'python3.13', 'python3', 'python'];
const packages = ['torch', 'transformers', 'safetensors', 'numpy', 'onnx', 'onnxruntime'];

/** Looks for packages without importing them, which would take seconds. */
const probe = `
import importlib.util, json, platform
missing = [name for name in ${JSON.stringify(packages)} if importlib.util.find_spec(name) is None]
print(json.dumps({"version": platform.python_version(), "missing": missing}))
`;
const schema = z.object({ version: z.string(), missing: z.array(z.string()) });

const isNewEnough = (version: string): boolean => {
  const [major, minor] = version.split('.').map(Number);
  return major === 3 && minor! >= leastMinor;
};

/** Asks a program whether it is a Python; undefined when it is none or cannot be started. */
export async function probePython(command: string, options: ChildOptions): Promise<FoundPython | undefined> {
  try {
    const { exitCode, stdout } = await runChild(command, ['-c', probe], options);
    if (exitCode !== 0) return undefined;
    return { command, ...schema.parse(JSON.parse(stdout)) };
  } catch {
    options.signal.throwIfAborted();
    return undefined;
  }
}

/** The Python that the user names, with everything the exporter needs. Throws CliError that says what is wrong with it. */
export async function namedPython(command: string, options: ChildOptions): Promise<FoundPython> {
  const found = await probePython(command, options);
  if (found === undefined) throw new CliError('usage', `${command} is no Python that can be run.`);
  if (!isNewEnough(found.version)) {
    throw new CliError('usage', `${command} is Python ${found.version}.`, `Give one from 3.${leastMinor}.`);
  }
  if (found.missing.length > 0) {
    const advice = 'Install triton-models/export/requirements.txt there, or leave --python out.';
    throw new CliError('failed', `${command} lacks ${found.missing.join(', ')}.`, advice);
  }
  return found;
}

/** The first Python on the path that is new enough, whatever packages it has. Throws CliError. */
export async function findPython(options: ChildOptions): Promise<FoundPython> {
  for (const command of candidates) {
    const found = await probePython(command, options);
    if (found !== undefined && isNewEnough(found.version)) return found;
  }
  const advice = 'Install one, with its venv module, or name one with --python or TESSERA_PYTHON.';
  throw new CliError('failed', `There is no Python from 3.${leastMinor} on the path.`, advice);
}
