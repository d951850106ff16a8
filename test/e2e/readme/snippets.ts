import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../../..');

/** A fenced block of README.md. */
export interface Snippet {
  readonly language: string;
  readonly text: string;
}

/** All fenced blocks of README.md in order. */
export function readSnippets(): readonly Snippet[] {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1]!,
    text: match[2]!.trimEnd(),
  }));
}

/**
 * Commands that another suite runs, word for word, because they need Python: the suite's folder. The one place that says so; any
 * other block is run by readme.test.ts.
 */
export const runElsewhere = (text: string): string | undefined =>
  text.startsWith('npx tessera models pull ') ? 'test/conformance/three-commands' : undefined;

/** What may stand differently in a test than in the README; nothing else is changed. */
export interface Rewriting {
  /** Replaces `http://127.0.0.1:8080`: the test's gateway has a port of its own. */
  readonly gatewayUrl?: string;
  /** Replaces `127.0.0.1:8001`, the encoder's address. */
  readonly encoderAddress?: string;
  /** Replaces the folder `data/`, so that a test writes into a temporary one. */
  readonly dataFolder?: string;
}

/** Applies the rewriting, and drops a leading `npm ci && `: the test itself runs from an installed folder. */
export function rewrite(snippet: string, rewriting: Rewriting): string {
  const { gatewayUrl, encoderAddress, dataFolder } = rewriting;
  let text = snippet.replace(/^npm ci && /, '');
  if (gatewayUrl !== undefined) text = text.replaceAll('http://127.0.0.1:8080', gatewayUrl);
  if (encoderAddress !== undefined) text = text.replaceAll('127.0.0.1:8001', encoderAddress);
  if (dataFolder !== undefined) text = text.replaceAll(' data/', ` ${dataFolder}/`);
  return text;
}
