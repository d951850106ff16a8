import { fitPrincipalComponents } from '#src/postprocess/principal-components.ts';
import { createSeededRandom } from '#src/postprocess/seeded-random.ts';

/* What the axes of a map cost, in processor time, so that other work on the machine counts little: npx node test/bench/maps/bench-components.ts */

/** Patches × D: one image of 448 pixels for the sizes of the family, and six of them together. */
const cases = [
  [784, 192],
  [784, 384],
  [784, 1024],
  [784, 4096],
  [6 * 784, 384],
  [6 * 784, 1024],
] as const;

for (const [patches, dimension] of cases) {
  const random = createSeededRandom(1);
  const tokens = Float32Array.from({ length: patches * dimension }, () => random() - 0.5);
  const times = [1, 2, 3].map(() => {
    const started = process.cpuUsage();
    fitPrincipalComponents(tokens, dimension, 3);
    return process.cpuUsage(started).user / 1000;
  });
  const median = times.sort((a, b) => a - b)[1]!;
  console.log(`${patches} patches, D = ${dimension}: ${Math.round(median)} ms`);
}
