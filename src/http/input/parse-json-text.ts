import { AppError } from '#src/domain/app-error.ts';

/** JSON text → value; `malformed-request` that points at `pointer` when it is not JSON. The text itself is never repeated. */
export function parseJsonText(text: string, pointer: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new AppError('malformed-request', 'The body is not valid JSON.', {
      cause,
      faults: [{ pointer, detail: 'Not valid JSON.' }],
    });
  }
}
