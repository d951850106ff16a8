import type { RouteConfig } from '@hono/zod-openapi';
import { AppError } from '#src/domain/app-error.ts';
import { errorCodes, type ErrorCode } from '#src/domain/error-codes.ts';
import { toProblem } from './problem.ts';
import { problemSchema } from './schemas/common.ts';

/** What each status means; an operation lists the ones that it can give. */
const descriptions = {
  400: 'The request is malformed; `errors` points at each fault.',
  401: 'A valid API key is required.',
  403: 'Not allowed.',
  404: 'No such resource or model.',
  405: 'The path has other methods; see `Allow`.',
  406: 'No representation matches Accept.',
  413: 'Too many bytes, pixels or items.',
  415: 'The type of the content is not supported, or not the declared one.',
  422: 'Readable, but not usable for this.',
  500: 'Internal error.',
  502: 'The encoder gave an unusable answer.',
  503: 'Not ready or overloaded; see Retry-After.',
  504: 'Not finished in time.',
} as const;

export type ErrorStatus = keyof typeof descriptions;

const codes = Object.keys(errorCodes) as readonly ErrorCode[];

/** One example for every code of the catalogue, components of the description. The detail says what a caller can do. */
export const problemExamples = Object.fromEntries(
  codes.map((code) => {
    const { title, remedy } = errorCodes[code];
    return [code, { summary: title, value: toProblem(new AppError(code, remedy), '4d5c2f0e') }];
  }),
);

/** References to the examples of a status. */
const examplesOf = (status: ErrorStatus): Record<string, { $ref: string }> =>
  Object.fromEntries(
    codes
      .filter((code) => errorCodes[code].status === status)
      .map((code) => [code, { $ref: `#/components/examples/${code}` }]),
  );

/** OpenAPI responses for the error statuses of an operation. */
export function errorResponses(...statuses: readonly ErrorStatus[]): RouteConfig['responses'] {
  return Object.fromEntries(
    statuses.map((status) => {
      const content = { 'application/problem+json': { schema: problemSchema, examples: examplesOf(status) } };
      return [status, { description: descriptions[status], content }];
    }),
  );
}

/** Errors that any analysis operation can give. */
export const analysisErrors = errorResponses(400, 401, 403, 404, 405, 406, 413, 415, 422, 500, 502, 503, 504);
/** Errors that any reading operation can give. */
export const readErrors = errorResponses(401, 403, 405, 406, 500);
