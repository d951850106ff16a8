/** Node's code of a failure (ENOENT, ECONNREFUSED, …), which names no path; `unknown` where it has none. */
export const errorCode = (thrown: unknown): string => (thrown as NodeJS.ErrnoException).code ?? 'unknown';
