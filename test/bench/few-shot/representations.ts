import type { Draw, Representation } from './evaluate-draws.ts';
import type { GatewayClient } from './gateway-client.ts';
import type { LabelledImage, PneumoniaImages } from './pneumonia-images.ts';

/** Embeds every val image and every drawn train image once; CLS alone and CLS with patch mean come from the same call. */
export async function embeddingRepresentations(
  client: GatewayClient,
  { train, val }: PneumoniaImages,
  draws: readonly Draw[],
): Promise<{ model: string; representations: Representation[] }> {
  const drawn = [...new Set(draws.flatMap(({ pneumonia, normal }) => [...pneumonia, ...normal]))];
  const pngs = [...val, ...drawn.map((index) => train[index]!)].map(({ png }) => png);
  const { model, vectors } = await client.embed(pngs, 'cls_patch_mean');
  const represent = (name: string, part: (joined: Float32Array) => Float32Array): Representation => ({
    name,
    val: vectors.slice(0, val.length).map(part),
    train: new Map(drawn.map((index, i) => [index, part(vectors[val.length + i]!)])),
  });
  return {
    model,
    representations: [
      represent('cls', (joined) => joined.subarray(0, joined.length / 2)),
      represent('cls_patch_mean', (joined) => joined),
    ],
  };
}

/** The 784 grey values themselves, plain and centred in two ways: by the image's own mean, and by the mean of the examples. */
export function pixelRepresentations({ train, val }: PneumoniaImages): Representation[] {
  const plain = ({ pixels }: LabelledImage): Float32Array => Float32Array.from(pixels);
  const ownMean = (image: LabelledImage): Float32Array => {
    const mean = image.pixels.reduce((sum, value) => sum + value, 0) / image.pixels.length;
    return Float32Array.from(image.pixels, (value) => value - mean);
  };
  const represent = (name: string, vector: (image: LabelledImage) => Float32Array): Representation => ({
    name,
    val: val.map(vector),
    train: new Map(train.map((image, index) => [index, vector(image)])),
  });
  return [
    represent('pixels', plain),
    represent('pixels − own mean', ownMean),
    { ...represent('pixels − mean of examples', plain), isCentredOnExamples: true },
  ];
}
