import { AppError } from '#src/domain/app-error.ts';
import { pointerOf } from './validate.ts';

/** Options that are not text once they are read; queries and forms carry everything as text. */
export type OptionKinds = Readonly<Record<string, 'boolean' | 'number'>>;

function coerce(kind: 'boolean' | 'number' | undefined, text: string): unknown {
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  // An empty or odd text stays text, so that the schema says what is wrong with it.
  if (kind === 'number') return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  return text;
}

/**
 * One record of options from all places of a request. An option given in two places with different values
 * is `malformed-request`: guessing which one was meant would be silent.
 */
export function mergeOptions(
  kinds: OptionKinds,
  query: Readonly<Record<string, string>>,
  form: Readonly<Record<string, string>>,
  json: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = new Map<string, unknown>();
  const add = (key: string, value: unknown): void => {
    if (merged.has(key) && merged.get(key) !== value) {
      throw new AppError('malformed-request', 'An option was given twice with different values.', {
        faults: [{ pointer: pointerOf([key]), detail: 'Given twice.' }],
      });
    }
    merged.set(key, value);
  };
  for (const source of [query, form]) {
    for (const [key, text] of Object.entries(source))
      add(key, coerce(Object.hasOwn(kinds, key) ? kinds[key] : undefined, text));
  }
  for (const [key, value] of Object.entries(json)) add(key, value);
  return Object.fromEntries(merged);
}
