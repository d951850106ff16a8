import type { FewShotMethod } from '#src/domain/classification.ts';

export interface GatewayClient {
  /** Raw vectors of the images, in order, and the name of the model. */
  embed(pngs: readonly Buffer[], pooling: string): Promise<{ model: string; vectors: Float32Array[] }>;
  /** Probability of each label for each query. */
  classify(
    queries: readonly Buffer[],
    examples: readonly { label: string; png: Buffer }[],
    method: FewShotMethod,
  ): Promise<Record<string, number>[]>;
}

/** Images of one call: below any sensible limit on items. */
const chunkSize = 64;

const blob = (png: Buffer): Blob => new Blob([new Uint8Array(png)], { type: 'image/png' });

/** Speaks to a running gateway over HTTP, multipart as a stranger's curl would. */
export function createGatewayClient(baseUrl: string): GatewayClient {
  const post = async <Reply>(path: string, form: FormData): Promise<Reply> => {
    const response = await fetch(new URL(path, baseUrl), { method: 'POST', body: form });
    // 207 would mean that some image failed: no figure may be made of the rest.
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Reply;
  };

  return {
    async embed(pngs, pooling) {
      const vectors: Float32Array[] = [];
      let model = '';
      for (let at = 0; at < pngs.length; at += chunkSize) {
        const form = new FormData();
        form.set('options', JSON.stringify({ pooling, normalize: false }));
        for (const png of pngs.slice(at, at + chunkSize)) form.append('file', blob(png));
        const reply = await post<{ model: string; data: { index: number; embedding: number[] }[] }>(
          '/v1/embeddings',
          form,
        );
        for (const { index, embedding } of reply.data) vectors[at + index] = Float32Array.from(embedding);
        model = reply.model;
      }
      return { model, vectors };
    },
    async classify(queries, examples, method) {
      const form = new FormData();
      form.set('options', JSON.stringify({ method }));
      for (const { label, png } of examples) form.append(`example:${label}`, blob(png));
      for (const png of queries) form.append('file', blob(png));
      const reply = await post<{ data: { index: number; probabilities: Record<string, number> }[] }>(
        '/v1/classifications',
        form,
      );
      return reply.data.toSorted((a, b) => a.index - b.index).map(({ probabilities }) => probabilities);
    },
  };
}
