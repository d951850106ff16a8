import { AppError, type FieldFault } from '#src/domain/app-error.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { modelSpecSchema } from './model-spec-schema.ts';

/**
 * A spec from parsed JSON. Throws AppError `malformed-request` whose `faults` hold a JSON pointer (RFC 6901) and a reason
 * each, and whose detail lists them all.
 */
export function parseModelSpec(json: unknown): ModelSpec {
  const parsed = modelSpecSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults: readonly FieldFault[] = parsed.error.issues.map((issue) => ({
    pointer: issue.path.map((step) => `/${escapePointerStep(String(step))}`).join(''),
    detail: issue.message,
  }));
  const listed = faults.map((fault) => `${fault.pointer === '' ? '(root)' : fault.pointer}: ${fault.detail}`);
  throw new AppError('malformed-request', `The model spec is not valid. ${listed.join('; ')}`, { faults });
}

function escapePointerStep(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}
