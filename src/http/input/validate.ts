import type { z } from '@hono/zod-openapi';
import { AppError, type FieldFault } from '#src/domain/app-error.ts';

/** RFC 6901: `~` and `/` inside a key are escaped. */
const escapeToken = (token: PropertyKey): string => String(token).replaceAll('~', '~0').replaceAll('/', '~1');

/** More faults than a person reads; a hostile body could have millions. */
const maxFaults = 20;

/** Parses with a schema; every fault becomes a JSON pointer in a `malformed-request`. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, maxFaults).map((issue): FieldFault => ({
    pointer: issue.path.map((token) => `/${escapeToken(token)}`).join(''),
    detail: issue.message,
  }));
  throw new AppError('malformed-request', 'The request does not have the form that the operation asks for.', {
    faults,
  });
}
