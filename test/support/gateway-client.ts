import { readFileSync } from 'node:fs';

const sample = readFileSync(new URL('../../samples/chest-xray/queries/normal-1.png', import.meta.url));

/** A form with the sample image, `count` times. */
export function sampleForm(count: number): FormData {
  const form = new FormData();
  for (let index = 0; index < count; index += 1)
    form.append('file', new Blob([sample], { type: 'image/png' }));
  return form;
}

/** Posts the sample image `count` times in one request. */
export function embedSample(url: string, count = 1, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}/v1/embeddings`, {
    method: 'POST',
    body: sampleForm(count),
    ...(signal && { signal }),
  });
}

/** The value of one metric line of the gateway, by its name and labels as they stand in the text; 0 when there is none. */
export async function readMetric(url: string, series: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}
