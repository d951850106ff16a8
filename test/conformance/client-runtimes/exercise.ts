import { createTesseraClient } from '#src/client/create-tessera-client.ts';
import type { UploadProgress } from '#src/client/exchange.ts';
import { TesseraProblem } from '#src/client/tessera-problem.ts';

/** What the client did on a platform, as JSON. */
export interface Exercise {
  readonly bytes: readonly number[];
  readonly stream: readonly number[];
  readonly withProgress: readonly number[];
  readonly progress: readonly UploadProgress[];
  /** Kinds of the lines of a stream of three images, the second of them broken. */
  readonly lines: readonly string[];
  readonly label: string;
  readonly npyBytes: number;
  /** Milliseconds until a service that said 503 and `Retry-After: 1` once had answered. */
  readonly retriedMs: number;
  readonly problem: string;
  /** Was it the reason of the signal that came back: of a call that was under way, and of one that waited to try again? */
  readonly aborts: readonly boolean[];
}

const numbers = (vector: Float32Array): readonly number[] => [...vector];

/**
 * Uses every way of the client once. It is bundled for platforms without Node: nothing here but the client and web standards.
 * @param baseUrl the front of front-server.ts.
 */
export async function exerciseClient(baseUrl: string, imageBase64: string): Promise<Exercise> {
  const client = createTesseraClient({ baseUrl });
  const image = Uint8Array.from(atob(imageBase64), (character) => character.charCodeAt(0));
  const embed = async (
    input: Blob | Uint8Array | ReadableStream<Uint8Array>,
    call = {},
  ): Promise<readonly number[]> => {
    const { data } = await client.createEmbeddings(input, {}, call);
    const [item] = data;
    if (item?.object !== 'embedding') throw new Error('no embedding');
    return numbers(item.embedding);
  };
  const progress: UploadProgress[] = [];
  const lines: string[] = [];
  for await (const line of client.streamEmbeddings([image, image.slice(0, 60), image]))
    lines.push(line.object);
  const example = (label: string) => ({ label, image: new Blob([image, new Uint8Array(label.length)]) });
  const classes = await client.createClassifications(image, [example('one'), example('three')], {
    method: 'knn',
    k: 1,
  });
  const { bytes } = await client.createFeatures(image, 'npy');

  const startedMs = Date.now();
  await createTesseraClient({ baseUrl: `${baseUrl}/busy-once` }).listModels();
  const retriedMs = Date.now() - startedMs;

  const abortedBy = async (path: string, call: object): Promise<boolean> => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const work = createTesseraClient({ baseUrl: `${baseUrl}${path}` }).createEmbeddings(
      image,
      {},
      {
        ...call,
        signal: controller.signal,
      },
    );
    setTimeout(() => controller.abort(reason), 300);
    return work.then(
      () => false,
      (thrown: unknown) => thrown === reason,
    );
  };
  return {
    bytes: await embed(image),
    stream: await embed(new Blob([image]).stream() as ReadableStream<Uint8Array>),
    withProgress: await embed(new Blob([image]), {
      onUploadProgress: (step: UploadProgress) => progress.push(step),
    }),
    progress,
    lines,
    label: classes.data[0]?.object ?? '',
    npyBytes: bytes.byteLength,
    retriedMs,
    problem: await client.getModel('none').then(
      () => '',
      (thrown: unknown) => (thrown instanceof TesseraProblem ? thrown.code : String(thrown)),
    ),
    aborts: [
      await abortedBy('/never', {}),
      await abortedBy('/never', { onUploadProgress: () => undefined }),
      await abortedBy('/busy', {}),
    ],
  };
}
