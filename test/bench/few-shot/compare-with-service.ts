import { fewShotMethods, type FewShotMethod } from '#src/domain/classification.ts';
import { labels, scoreDraw, type Draw, type Representation } from './evaluate-draws.ts';
import type { GatewayClient } from './gateway-client.ts';
import type { PneumoniaImages } from './pneumonia-images.ts';

/**
 * float32 vectors, batches of other sizes and so sums in another order: cosines agree to about 1e-6, and the softmax
 * multiplies by 1 / T = 14. A wrong head, label or order would be off by 0.1 and more.
 */
const tolerance = 1e-3;

/** Classifies every val image by one draw through `/v1/classifications`; throws when a probability is not that of the functions here. */
export async function compareWithService(
  client: GatewayClient,
  { train, val }: PneumoniaImages,
  draw: Draw,
  cls: Representation,
): Promise<Record<FewShotMethod, number>> {
  const example = (label: string) => (index: number) => ({ label, png: train[index]!.png });
  const examples = [
    ...draw.pneumonia.map(example(labels.pneumonia)),
    ...draw.normal.map(example(labels.normal)),
  ];
  const largest: [FewShotMethod, number][] = [];
  for (const method of fewShotMethods) {
    const here = scoreDraw(cls, method, draw);
    const there = await client.classify(
      val.map(({ png }) => png),
      examples,
      method,
    );
    const difference = Math.max(...here.map((score, i) => Math.abs(score - there[i]![labels.pneumonia]!)));
    if (!(difference <= tolerance)) throw new Error(`${method}: the service differs by ${difference}.`);
    largest.push([method, difference]);
  }
  return Object.fromEntries(largest) as Record<FewShotMethod, number>;
}
