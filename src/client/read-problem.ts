import type { Problem } from './gen/types.ts';
import { readRetryAfterMs } from './retry-after.ts';
import { TesseraProblem } from './tessera-problem.ts';

/** A body that is an RFC 9457 document as this service writes it; undefined for anything else (a proxy's page, half a reply). */
async function readDocument(response: Response): Promise<Problem | undefined> {
  try {
    const { type, title, status, detail, instance, code, ...rest } =
      (await response.json()) as Partial<Problem>;
    const texts = { type, title, detail, instance, code };
    if (typeof status !== 'number' || Object.values(texts).some((text) => typeof text !== 'string')) {
      return undefined;
    }
    return { ...rest, ...texts, status } as Problem;
  } catch {
    return undefined;
  }
}

/** The error that a reply outside of 2xx stands for. Never rejects. */
export async function readProblem(response: Response, nowMs: number): Promise<TesseraProblem> {
  const { status, statusText, headers } = response;
  const requestId = headers.get('x-request-id') ?? undefined;
  const retryAfterMs = readRetryAfterMs(headers, nowMs);
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true;
  const document = isProblem ? await readDocument(response) : undefined;
  // Not waited for: what is not wanted must not hold up the news.
  if (document === undefined) void response.body?.cancel().catch(() => undefined);
  const detail = 'The reply is not one of the service: is the address right, is a proxy between?';
  const unexpected: Problem = {
    type: 'about:blank',
    title: statusText === '' ? `Status ${status}` : statusText,
    status,
    detail,
    message: detail,
    instance: '',
    code: 'unexpected-reply',
  };
  return new TesseraProblem({ ...(document ?? unexpected), requestId, retryAfterMs });
}
