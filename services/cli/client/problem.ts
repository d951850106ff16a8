import { CliError, type Fault } from '../cli-error.ts';

/** Why there is no result for one file. */
export interface FileFailure {
  readonly code: string;
  readonly detail: string;
  /** `detail` and the first of `errors` in one line, where there are some. */
  readonly message?: string;
  readonly errors?: readonly Fault[];
}

/** What is read of the gateway's `application/problem+json`. */
export interface Problem {
  readonly code: string;
  readonly title?: string;
  readonly detail: string;
  readonly message?: string;
  readonly errors?: readonly Fault[];
}

/** The same for every file: no use to go on. */
const hopeless = new Set([401, 403, 404, 405, 406]);
/** A pointer into the files of a request, which the reader did not make. */
const isAboutInput = ({ pointer }: Fault): boolean => /^\/input(\/|$)/.test(pointer);

/** Why a request failed, said for one of its files. */
export function failureOf({ code, detail, message, errors = [] }: Problem, position: number): FileFailure {
  const own = errors.find(({ pointer }) => pointer === `/input/${position}`);
  if (own !== undefined) return { code, detail: own.detail };
  if (errors.length === 0 || errors.some(isAboutInput)) return { code, detail };
  return { code, detail, ...(message !== undefined && { message }), errors };
}

/** The problem in a reply that is an error. */
export async function readProblem(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as Partial<Problem> | null;
  return {
    ...body,
    code: body?.code ?? `http-${response.status}`,
    detail: body?.detail ?? 'This is no reply of Tessera.',
  };
}

/**
 * The end of the command, where the problem would meet every file: an option that the gateway does not take (exit `usage`), or a
 * caller, model or operation that it refuses (`failed`). Undefined for what is wrong with the files of that request.
 * @param options names of the fields that were sent beside the files
 */
export function refusalOf(
  status: number,
  problem: Problem,
  options: readonly string[],
): CliError | undefined {
  const { code, detail, message = detail, errors = [] } = problem;
  const isOption = ({ pointer }: Fault): boolean =>
    options.some((name) => pointer === `/${name}` || pointer.startsWith(`/${name}/`));
  if (status === 400 && errors.some(isOption)) {
    return new CliError('usage', `${message} (${code})`, undefined, undefined, errors);
  }
  // An address that is not allowed says nothing of the other files.
  if (!hopeless.has(status) || code === 'url-not-allowed') return undefined;
  const advice = status === 401 ? 'Set TESSERA_API_KEY.' : undefined;
  return new CliError('failed', `${message} (${code})`, advice, undefined, errors);
}
