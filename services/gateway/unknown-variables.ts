import { closestMatch } from 'leven';
import { gatewayVariables } from './config.ts';

/** Read by the other programs of the project, which often share an environment with this one; a test compares them. */
export const variablesOfOthers: readonly string[] = [
  'TESSERA_URL',
  'TESSERA_API_KEY',
  'TESSERA_DATA_DIR',
  'TESSERA_PYTHON',
  'TESSERA_ENCODER_BIND',
  'TESSERA_ENCODER_METRICS_BIND',
  'TESSERA_ENCODER_ROWS_PER_RUN',
  'TESSERA_ENCODER_EXECUTION_TIMEOUT_MS',
  'TESSERA_ENCODER_MAX_QUEUE',
  'TESSERA_ENCODER_MAX_MESSAGE_BYTES',
  'TESSERA_ENCODER_PARENT_STDIN',
  'TESSERA_TEST_DATA_DIR',
];

export interface UnknownVariable {
  readonly name: string;
  /** The setting that was probably meant. */
  readonly nearest: string | undefined;
}

/** Changes of a letter that still look like a slip. */
const maxDistance = 6;
/** A name is the operator's own text, of any length. */
const maxNameLength = 100;

/** Variables that look like settings and are none: a misspelt limit would be no limit, without a word. */
export function findUnknownVariables(names: readonly string[]): readonly UnknownVariable[] {
  const known = [...gatewayVariables, ...variablesOfOthers];
  return names
    .filter((name) => name.startsWith('TESSERA_') && !known.includes(name))
    .map((name) => name.slice(0, maxNameLength))
    .map((name) => ({ name, nearest: closestMatch(name, gatewayVariables, { maxDistance }) }));
}
