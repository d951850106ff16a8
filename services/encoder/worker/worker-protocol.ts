import type { FrameHeader } from '#src/isolation/frame.ts';

/** What the front asks of a worker process. The key names one load of one model version. */
export type WorkerOrder =
  | {
      readonly op: 'load';
      readonly key: string;
      readonly path: string;
      readonly isBatched: boolean;
      readonly rowsPerRun: number;
      readonly inputs: readonly WorkerTensor[];
      readonly outputs: readonly WorkerTensor[];
    }
  | { readonly op: 'unload'; readonly key: string }
  | {
      readonly op: 'infer';
      readonly key: string;
      readonly rows: number;
      /** Shapes of the inputs in the order of the load, without the batch dimension. */
      readonly dims: readonly (readonly number[])[];
      /** Names. */
      readonly outputs: readonly string[];
    };

export interface WorkerTensor {
  readonly name: string;
  /** ONNX Runtime's name of the element type. */
  readonly type: string;
  /** Without the batch dimension; −1 marks a dimension that varies. */
  readonly dims: readonly number[];
}

/** What a worker answers to `infer`; the payloads are the outputs in the order asked for. */
export interface InferAnswer {
  /** Shapes of the outputs without the batch dimension. */
  readonly dims: readonly (readonly number[])[];
  /** Time inside ONNX Runtime, in ms. */
  readonly computeMs: number;
}

/** An order as a frame header; it holds JSON values only. */
export const orderHeader = (order: WorkerOrder): FrameHeader => order as unknown as FrameHeader;
/** A frame header as the order that the front sent. */
export const readOrder = (header: FrameHeader): WorkerOrder => header as unknown as WorkerOrder;
/** The answer's frame header as its type; the worker is our own code. */
export const readAnswer = (header: FrameHeader): InferAnswer => header as unknown as InferAnswer;
