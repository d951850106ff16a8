import { z } from 'zod';
import { readManifestText } from './read-manifest-text.ts';

/** How much less AUC a linear head may reach on an INT8 engine than on FP32; parity-limits.json of the exporter has the same. */
export const maxHeadAucLoss = 0.005;

const auc = z.number().min(0).max(1);
const headSchema = z.object({ aucReference: auc, auc });
/** What `export.json` says of precision and gates. Each may be of any form: what cannot be read proves nothing. */
const manifestSchema = z.object({
  precision: z.unknown().optional(),
  operators: z.record(z.string(), z.unknown()).catch({}),
  recipe: z.unknown().optional(),
  parity: z.object({ head: z.unknown().optional() }).catch({ head: undefined }),
});
const nothing = { precision: undefined, operators: {}, recipe: undefined, parity: { head: undefined } };

function parseManifest(text: string | undefined): z.output<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return nothing;
  }
}

/** Operators as wrap_onnx.py knows them: Q/DQ pairs, dynamic ones, and those that compute on integers. */
const quantising = /quantize|^QLinear|Integer$/i;
const notPassed = 'the INT8 engine has not passed the gate of the head’s AUC';

/**
 * Why an INT8 model may not be served: `export.json` must hold the AUC of a linear head on its vectors (`parity.head`), at most
 * `maxHeadAucLoss` below that on FP32 vectors; a cosine does not see what a head loses. INT8 is what is announced as such, what the
 * manifest calls so, and what it lists quantising operators of.
 * Undefined for other precisions, for a model that passed, and for a graph that was wrapped as it came (`recipe`): that one is its
 * own reference, there is no FP32 to compare it with. Reasons name no path.
 * @param versionDir `<model>/<version>`.
 * @param announced precision in the configuration or the spec; undefined: nothing is announced.
 */
export async function findHeadGateFault(
  versionDir: string,
  announced: string | undefined,
): Promise<string | undefined> {
  const text = await readManifestText(versionDir);
  const { precision, operators, recipe, parity } = parseManifest(text);
  const isQuantised = Object.keys(operators).some((name) => quantising.test(name));
  const isInt8 = announced === 'int8' || precision === 'int8' || isQuantised;
  if (!isInt8 || recipe !== undefined) return undefined;
  if (text === undefined) return `${notPassed}: export.json is missing`;
  const head = headSchema.safeParse(parity.head);
  if (!head.success) return `${notPassed}: export.json has no parity.head`;
  const { aucReference, auc } = head.data;
  // As in gates.py: what meets the limit exactly has met it, whatever FP64 makes of the difference.
  if (aucReference - auc <= maxHeadAucLoss + 1e-9) return undefined;
  const figures = `${auc.toFixed(4)}, more than ${maxHeadAucLoss} below ${aucReference.toFixed(4)} of FP32`;
  return `${notPassed}: ${figures}`;
}
