import type { z } from '@hono/zod-openapi';
import { AppError, type FieldFault } from '#src/domain/app-error.ts';

/** RFC 6901: `~` and `/` inside a key are escaped. */
const escapeToken = (token: PropertyKey): string => String(token).replaceAll('~', '~0').replaceAll('/', '~1');

/** More faults than a person reads; a hostile body could have millions. */
const maxFaults = 20;

/** An unknown key is the client's own text, of any length; so much of it is enough to find it. */
const maxFaultLength = 200;
const cut = (text: string): string => text.slice(0, maxFaultLength);
/** JSON pointer of a path, cut to a bearable length. */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  cut(path.map((token) => `/${escapeToken(token)}`).join(''));

/** Zod reports all unknown keys of an object at once; here each is a fault of its own, at its own place. */
function toFaults(issue: z.core.$ZodIssue): readonly FieldFault[] {
  if (issue.code !== 'unrecognized_keys') {
    return [{ pointer: pointerOf(issue.path), detail: cut(issue.message) }];
  }
  return issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), detail: 'Not known here.' }));
}

/** Parses with a schema; every fault becomes a JSON pointer in a `malformed-request`. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap(toFaults).slice(0, maxFaults);
  throw new AppError('malformed-request', 'The request does not have the form that the operation asks for.', {
    faults,
  });
}
