import { bytesOf } from '#src/render/concat-bytes.ts';
import { renderNpy } from '#src/render/render-npy.ts';
import type { Analysis, FileOutcome } from '../client/analyse-files.ts';
import { renderCsv } from './render-csv.ts';

export const embeddingFormats = ['json', 'csv', 'npy'] as const;
export type EmbeddingFormat = (typeof embeddingFormats)[number];

const vectorOf = (outcome: FileOutcome): readonly number[] | undefined =>
  outcome.ok ? (outcome.item['embedding'] as readonly number[]) : undefined;

/** Row i is file i: a file that failed has a row of NaN, so that nothing shifts. Shape [files, D], float32. */
function renderArray({ outcomes, head }: Analysis): Uint8Array {
  const dimension = Number(head?.provenance['dimension'] ?? 0);
  const values = new Float32Array(outcomes.length * dimension).fill(Number.NaN);
  for (const [row, outcome] of outcomes.entries()) {
    const vector = vectorOf(outcome);
    if (vector !== undefined) values.set(vector, row * dimension);
  }
  return renderNpy('<f4', [outcomes.length, dimension], bytesOf(values));
}

/** `file,e0,e1,…`; files that failed have no line. */
function renderTable({ outcomes, head }: Analysis): string {
  const dimension = Number(head?.provenance['dimension'] ?? 0);
  const header = ['file', ...Array.from({ length: dimension }, (_, column) => `e${column}`)];
  const rows = outcomes.flatMap((outcome) => {
    const vector = vectorOf(outcome);
    return vector === undefined ? [] : [[outcome.file, ...vector]];
  });
  return renderCsv([header, ...rows]);
}

/** The gateway's reply with the name of the file in place of the item's number. */
export function analysisJson({ outcomes, head }: Analysis): object {
  const data = outcomes.map((outcome) => {
    if (!outcome.ok) return { file: outcome.file, error: outcome.error };
    // The number counts within a request, which the reader did not make.
    const fields = Object.entries(outcome.item).filter(([name]) => name !== 'index');
    return { file: outcome.file, ...Object.fromEntries(fields) };
  });
  return { ...head, data };
}

/** Embeddings of many files in one of the formats. */
export function renderEmbeddingFile(analysis: Analysis, format: EmbeddingFormat): Uint8Array | string {
  if (format === 'npy') return renderArray(analysis);
  if (format === 'csv') return renderTable(analysis);
  return `${JSON.stringify(analysisJson(analysis))}\n`;
}
