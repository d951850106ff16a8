/** A field as RFC 4180 quotes it. */
const quote = (field: string | number): string => {
  const text = String(field);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Rows as CSV (RFC 4180, but lines end with a bare newline, as Unix tools expect). */
export function renderCsv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(quote).join(',')}\n`).join('');
}
