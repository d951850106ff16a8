/**
 * Milliseconds that a `Retry-After` asks for (RFC 9110 10.2.3): seconds, or a date, which is counted from the reply's own `Date`,
 * so that a wrong clock here does not matter. Undefined for none and for anything else.
 */
export function readRetryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  // Every form of an HTTP date begins with the name of a day (Date.parse alone reads "-5" as a year); the oldest names no zone.
  const dated = value.endsWith(' GMT') ? value : `${value} GMT`;
  const due = /^[A-Z][a-z]+,? /.test(value) ? Date.parse(dated) : Number.NaN;
  if (Number.isNaN(due)) return undefined;
  const sent = Date.parse(headers.get('date') ?? '');
  return Math.max(0, due - (Number.isNaN(sent) ? nowMs : sent));
}
