/** What a supervisor learns on standard output, one JSON object a line; logs go to standard error. */
export type Announcement =
  | { readonly event: 'listening'; readonly address: string }
  | { readonly event: 'metrics-listening'; readonly address: string }
  | { readonly event: 'model-ready'; readonly model: string; readonly version: string };

// A supervisor that no longer reads is not worth dying for; its end is told by standard input.
process.stdout.on('error', () => undefined);

export function announce(announcement: Announcement): void {
  process.stdout.write(`${JSON.stringify(announcement)}\n`);
}
