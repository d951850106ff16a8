import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { AppError } from '#src/domain/app-error.ts';
import type { CallContext } from '#src/domain/call-context.ts';
import type { EmbedOptions, EmbedResult } from '#src/pipeline/embed-images.ts';
import { provenanceHeaders } from '#src/pipeline/binary-reply.ts';
import type { UploadItem } from '#src/pipeline/item-result.ts';
import type { AppDeps } from '#src/http/deps.ts';
import type { AppEnv } from '#src/http/env.ts';
import { tooManyItems } from '#src/http/input/read-multipart.ts';
import { toProblem } from '#src/http/problem.ts';
import { renderEmbeddingItem, type EncodingFormat } from '#src/http/render-embedding-item.ts';
import { embeddingOptionKinds, embeddingOptionsSchema } from '#src/http/schemas/embeddings.ts';
import { openStreamSource, type StreamSource } from './embedding-source.ts';
import { createIdleSignal, type IdleSignal } from './idle-signal.ts';
import { createSpooledOutput, type SpooledOutput } from './spooled-output.ts';
import { createStreamTally, type StreamTally } from './stream-tally.ts';
import { createWorkWindow, type WorkWindow } from './work-window.ts';

/** Items of one stream in work at once: two full batches of the largest default size wait while two are computed. */
const itemsInWork = 64;
/** Reply lines kept in memory for a client that does not read yet: about 250 vectors of 192 floats as text. */
const maxUnreadBytes = 1024 * 1024;

type Options = z.output<typeof embeddingOptionsSchema>;

/** All that one stream works with. */
interface Stream {
  readonly deps: AppDeps;
  readonly ctx: CallContext;
  readonly idle: IdleSignal;
  /** Aborts when no more of the upload is to be taken: the stream was given up, or the server goes down. */
  readonly intake: AbortSignal;
  readonly window: WorkWindow;
  readonly output: SpooledOutput;
  readonly tally: StreamTally;
  /** Embeds files with the options of this stream. */
  readonly embed: (items: readonly UploadItem[]) => Promise<EmbedResult>;
  readonly format: EncodingFormat;
}

const toLine = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value)}\n`);

/** One item from bytes to its line. Rejects only when its line cannot be written. */
async function embedItem(stream: Stream, index: number, item: UploadItem): Promise<void> {
  const { tally, output, idle } = stream;
  const result = await stream.embed([item]).catch((thrown: unknown) => AppError.from(thrown));
  // Whoever ended the stream reads no more of its items.
  if (idle.signal.aborted) return;
  const only =
    result instanceof AppError
      ? { index, ok: false as const, error: result }
      : { ...result.items[0]!, index };
  if (!(result instanceof AppError) && only.ok) tally.succeed(result.tokenCount);
  else if (!only.ok) tally.fail(only.error);
  const status = only.ok ? 200 : only.error.row.status;
  await output.write(toLine({ ...renderEmbeddingItem(only, stream.format), status }));
  idle.touch();
}

/** Reads, embeds and writes until the upload or the stream ends. Rejects with what ended it early. */
async function embedAll(stream: Stream, files: StreamSource<Options>['files']): Promise<void> {
  const { deps, window, idle, intake } = stream;
  let index = 0;
  for await (const received of files) {
    const { items, byteLength } = received;
    let left = items.length;
    let letGo = (): void => undefined;
    const release = (): void => {
      letGo();
      received.release();
    };
    try {
      await window.roomForFile();
      letGo = window.hold(byteLength);
      for (const item of items) {
        if (index === deps.streamLimits.maxItems) throw tooManyItems(deps.streamLimits.maxItems);
        await window.room();
        if (intake.aborted) throw AppError.from(intake.reason);
        const own = index++;
        window.start(async () => {
          try {
            await embedItem(stream, own, item);
          } catch (thrown) {
            idle.abort(AppError.from(thrown));
          } finally {
            left -= 1;
            if (left === 0) release();
          }
        });
      }
    } catch (thrown) {
      release();
      throw thrown;
    }
  }
  await window.idle();
  if (idle.signal.aborted) throw AppError.from(idle.signal.reason);
}

/** The whole life of a stream after its head was sent. Never rejects: what goes wrong is told in the last line. */
async function runStream(
  stream: Stream,
  files: StreamSource<Options>['files'],
  plan: EmbedResult,
): Promise<void> {
  const { deps, ctx, tally, output, window } = stream;
  const outcome = await embedAll(stream, files).catch((thrown: unknown) => AppError.from(thrown));
  await window.idle();
  tally.log(ctx.requestId);
  const isCut = outcome instanceof AppError;
  if (isCut && outcome.row.status >= 500 && !outcome.row.retryable) {
    deps.log.error(
      { requestId: ctx.requestId, code: outcome.code, err: outcome.cause ?? outcome },
      outcome.code,
    );
  }
  const summary = {
    object: 'summary' as const,
    status: isCut ? outcome.row.status : tally.status(),
    ...tally.counts(),
    ...(isCut ? { error: toProblem(outcome, ctx.requestId) } : {}),
    model: plan.model.spec.name,
    usage: tally.usage(),
    provenance: plan.provenance,
    advisories: plan.advisories,
  };
  await output.write(toLine(summary)).then(output.end, output.fail);
}

function createStream(
  c: Context<AppEnv>,
  parts: Pick<Stream, 'deps' | 'ctx' | 'idle' | 'intake' | 'window'>,
  options: Options,
): Stream {
  const { deps, ctx, idle } = parts;
  const choice: EmbedOptions = { ...options, model: options.model, dimensions: options.dimensions };
  const embed = (items: readonly UploadItem[]): Promise<EmbedResult> => {
    // Each item has the time of a request of its own.
    const deadlineMs = deps.clock.now() + deps.limits.requestTimeoutMs;
    return deps.embedImages(items, choice, c.get('timings'), { ...ctx, signal: idle.signal, deadlineMs });
  };
  let cancelCut: (() => void) | undefined;
  const output = createSpooledOutput({
    openOverflow: deps.openOverflow,
    maxMemoryBytes: maxUnreadBytes,
    onRead: idle.touch,
    onClosed() {
      idle.signal.removeEventListener('abort', cutLater);
      cancelCut?.();
      idle.release();
      // When work is still going on, its reader has gone; else nobody listens any more.
      idle.abort(new AppError('request-cancelled', 'The client closed the request.'));
    },
  });
  // The lines of a stream that was given up wait for their reader as long as anything here, then they go.
  const cutLater = (): void => {
    const { idleTimeoutMs } = deps.streamLimits;
    cancelCut = deps.clock.after(idleTimeoutMs, () => output.fail(idle.signal.reason));
  };
  idle.signal.addEventListener('abort', cutLater, { once: true });
  const tally = createStreamTally(deps, 'createEmbeddings');
  return { ...parts, output, tally, embed, format: options.encoding_format };
}

/**
 * `application/x-ndjson`: files are worked on as they arrive, each result is a line as soon as it is ready, the last line sums up.
 * Throws as long as no head was sent: for what the request's head, its options or its first file have wrong.
 */
export async function streamEmbeddings(deps: AppDeps, c: Context<AppEnv>): Promise<Response> {
  const ctx = c.get('ctx');
  const { streamLimits, budget, clock } = deps;
  const idle = createIdleSignal(clock, streamLimits.idleTimeoutMs, [c.req.raw.signal, ctx.signal]);
  const intake = AbortSignal.any([idle.signal, deps.windUp]);
  const window = createWorkWindow(itemsInWork, streamLimits.maxHeldBytes);
  const waitForRelease = async (): Promise<boolean> => {
    if (window.count() === 0) return false;
    await window.next();
    return true;
  };
  const flow = {
    budget,
    maxItems: streamLimits.maxItems,
    signal: intake,
    onChunk: idle.touch,
    waitForRelease,
  };
  const shape = { schema: embeddingOptionsSchema, kinds: embeddingOptionKinds };
  try {
    const source = await openStreamSource(deps, c.req.raw, shape, flow);
    const stream = createStream(c, { deps, ctx, idle, intake, window }, source.options);
    const plan = await stream.embed([]).catch(async (thrown: unknown) => {
      await source.close();
      throw thrown;
    });
    void runStream(stream, source.files, plan);
    const headers = provenanceHeaders(plan.provenance, plan.advisories);
    return new Response(stream.output.body as ReadableStream<Uint8Array<ArrayBuffer>>, {
      headers: { ...headers, 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' },
    });
  } catch (thrown) {
    idle.release();
    throw thrown;
  }
}
