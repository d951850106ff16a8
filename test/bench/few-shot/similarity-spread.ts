import sharp from 'sharp';
import { quantile } from '#src/postprocess/quantile.ts';
import { dot } from '#src/postprocess/dot.ts';
import { l2Normalize } from '#src/postprocess/l2-normalize.ts';
import { nearDuplicateSimilarity } from '#src/postprocess/near-duplicates.ts';
import type { GatewayClient } from './gateway-client.ts';
import type { LabelledImage } from './pneumonia-images.ts';

type Figures = Record<string, number>;

/** Where the threshold for near duplicates lies among some cosines. */
function describe(cosines: Float64Array): Figures {
  const sorted = cosines.toSorted();
  return {
    pairs: sorted.length,
    smallest: sorted[0]!,
    median: quantile(sorted, 0.5),
    largest: sorted.at(-1)!,
    aboveThreshold: sorted.filter((cosine) => cosine > nearDuplicateSimilarity).length,
  };
}

/** Cosines of all pairs of images with different labels. */
export function differentLabelSimilarities(
  vectors: readonly Float32Array[],
  isPositive: readonly boolean[],
): Figures {
  const directions = vectors.map((values) => l2Normalize(values));
  const positives = directions.filter((_, i) => isPositive[i]);
  const negatives = directions.filter((_, i) => !isPositive[i]);
  return describe(Float64Array.from(positives.flatMap((left) => negatives.map((right) => dot(left, right)))));
}

const copyCount = 64;

/** Cosines of images with copies of themselves, as duplicates come about in a data set. */
export async function copySimilarities(
  client: GatewayClient,
  images: readonly LabelledImage[],
): Promise<Record<string, Figures>> {
  const originals = images.slice(0, copyCount).map(({ png }) => png);
  const copies: Record<string, (png: Buffer) => Promise<Buffer>> = {
    'written again': (png) => sharp(png).toColourspace('b-w').png().toBuffer(),
    'enlarged 8 times': (png) =>
      sharp(png).resize(224, 224, { kernel: 'linear' }).toColourspace('b-w').png().toBuffer(),
    'JPEG quality 95': (png) => throughJpeg(png, 95),
    'JPEG quality 75': (png) => throughJpeg(png, 75),
  };
  const { vectors } = await client.embed(originals, 'cls');
  const figures: [string, Figures][] = [];
  for (const [name, copy] of Object.entries(copies)) {
    const copied = await client.embed(await Promise.all(originals.map(copy)), 'cls');
    const cosine = (values: Float32Array, i: number): number =>
      dot(l2Normalize(values), l2Normalize(copied.vectors[i]!));
    figures.push([name, describe(Float64Array.from(vectors.map(cosine)))]);
  }
  return Object.fromEntries(figures);
}

async function throughJpeg(png: Buffer, quality: number): Promise<Buffer> {
  return sharp(await sharp(png).toColourspace('b-w').jpeg({ quality }).toBuffer())
    .png()
    .toBuffer();
}
