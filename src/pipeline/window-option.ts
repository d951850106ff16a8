import { parseWindow } from '#src/preprocess/parse-window.ts';

/** Rejects a `window` text that no image could use (`malformed-request`, `unusable-input`) before any file is decoded. */
export function assertWindow(text: string): void {
  parseWindow(text);
}
