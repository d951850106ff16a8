import { AppError } from '#src/domain/app-error.ts';
import type { OutputName } from '#src/domain/encoder-output.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { offeredPoolings, type Pooling } from '#src/domain/pooling.ts';

/** Refuses, before a file is decoded, a pooling that needs an output which the model has not (`unsupported-by-model`). */
export function assertPooling({ name, outputs }: ModelSpec, pooling: Pooling): void {
  const offered = offeredPoolings(outputs);
  if (offered.includes(pooling)) return;
  throw new AppError(
    'unsupported-by-model',
    `The model ${name} has no pooling ${pooling}. It offers: ${offered.join(', ')}.`,
    { faults: [{ pointer: '/pooling', detail: `Must be one of: ${offered.join(', ')}.` }] },
  );
}

/** The same for an output that is asked for by itself. */
export function assertOutput({ name, outputs }: ModelSpec, output: OutputName): void {
  if (outputs.includes(output)) return;
  throw new AppError(
    'unsupported-by-model',
    `The model ${name} has no output ${output}. It offers: ${outputs.join(', ')}.`,
    { faults: [{ pointer: '/model', detail: `Must be a model with the output ${output}.` }] },
  );
}
