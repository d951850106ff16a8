/**
 * Ten labelled examples per class from PneumoniaMNIST's train split, the val split classified by them: area under the curve of the
 * few-shot call through a running gateway, beside the same heads on raw pixels.
 *
 *     node test/bench/few-shot/bench-few-shot.ts [base URL] [output.json]
 *
 * Without a base URL a gateway is started for the run. Data: ../shared/data beside the repository, or TESSERA_TEST_DATA_DIR.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fewShotMethods } from '#src/domain/classification.ts';
import { createSeededRandom } from '#src/postprocess/seeded-random.ts';
import { startGateway } from '#test/support/start-gateway.ts';
import { compareWithService } from './compare-with-service.ts';
import { evaluateDraws, pairedDifference, type Draw, type Evaluation } from './evaluate-draws.ts';
import { createGatewayClient } from './gateway-client.ts';
import { loadPneumoniaImages, type LabelledImage } from './pneumonia-images.ts';
import { embeddingRepresentations, pixelRepresentations } from './representations.ts';
import { copySimilarities, differentLabelSimilarities } from './similarity-spread.ts';

const drawCount = 20;
const examplesPerClass = 10;
const drawSeed = 20_260_101;

/** Draws without replacement, the same on every run. */
function drawExamples(train: readonly LabelledImage[]): Draw[] {
  const random = createSeededRandom(drawSeed);
  const choose = (isPneumonia: boolean): number[] => {
    const pool = [...train.keys()].filter((i) => train[i]!.isPneumonia === isPneumonia);
    return Array.from(
      { length: examplesPerClass },
      () => pool.splice(Math.floor(random() * pool.length), 1)[0]!,
    );
  };
  return Array.from({ length: drawCount }, () => ({ pneumonia: choose(true), normal: choose(false) }));
}

const figure = (value: number): string => value.toFixed(4);
const interval = ([lower, upper]: readonly [number, number]): string =>
  `[${figure(lower)}, ${figure(upper)}]`;

function printTable(evaluations: readonly Evaluation[]): void {
  console.table(
    evaluations.map(({ representation, method, mean, interval95, sd, areas }) => ({
      representation,
      method,
      'mean AUC': figure(mean),
      '95 % over images': interval(interval95),
      'sd over draws': figure(sd),
      'min to max': `${figure(Math.min(...areas))} to ${figure(Math.max(...areas))}`,
    })),
  );
}

async function run(baseUrl: string, outPath: string | undefined): Promise<void> {
  const dataDir =
    process.env['TESSERA_TEST_DATA_DIR'] ?? join(import.meta.dirname, '../../../../shared/data');
  const images = loadPneumoniaImages(dataDir);
  if (!images) {
    console.log('Skipped: PneumoniaMNIST is not in the data folder (TESSERA_TEST_DATA_DIR).');
    return;
  }
  const client = createGatewayClient(baseUrl);
  const draws = drawExamples(images.train);
  const embedded = await embeddingRepresentations(client, images, draws);
  const representations = [...embedded.representations, ...pixelRepresentations(images)];
  const isPneumonia = images.val.map((image) => image.isPneumonia);
  const evaluations = representations.flatMap((representation) =>
    fewShotMethods.map((method) => evaluateDraws(representation, method, draws, isPneumonia)),
  );
  const service = await compareWithService(client, images, draws[0]!, embedded.representations[0]!);
  const differences = fewShotMethods.map((method) => {
    const own = evaluations.filter((evaluation) => evaluation.method === method);
    const pixels = own.slice(embedded.representations.length).toSorted((a, b) => b.mean - a.mean)[0]!;
    return { method, against: pixels.representation, ...pairedDifference(own[0]!, pixels) };
  });
  const spread = differentLabelSimilarities(embedded.representations[0]!.val, isPneumonia);
  const copies = await copySimilarities(client, images.val);

  console.log(
    `${embedded.model}; ${drawCount} draws of ${examplesPerClass} + ${examplesPerClass} train images; ${isPneumonia.length} val images.`,
  );
  printTable(evaluations);
  for (const { method, against, mean, interval95 } of differences) {
    console.log(`${method}: cls − ${against} (the best pixels) = ${figure(mean)} ${interval(interval95)}`);
  }
  console.log(
    'Largest difference of a probability, /v1/classifications against the functions here:',
    service,
  );
  console.log('Cosine of val images with different labels:', spread);
  console.log('Cosine of an image with its copy:', copies);
  console.log(
    'The demo encoder was trained on this train split with its labels: an in-domain figure, not a transfer.',
  );
  if (outPath === undefined) return;
  const rows = evaluations.map((evaluation) => ({ ...evaluation, resampledMeans: undefined }));
  const report = {
    model: embedded.model,
    drawCount,
    examplesPerClass,
    drawSeed,
    rows,
    differences,
    service,
    spread,
    copies,
  };
  writeFileSync(outPath, JSON.stringify(report, null, 2) + '\n');
}

const [baseUrl, outPath] = process.argv.slice(2);
if (baseUrl?.startsWith('http')) await run(baseUrl, outPath);
else {
  const gateway = await startGateway();
  try {
    await run(gateway.url, baseUrl);
  } finally {
    await gateway.stop();
  }
}
