import { dirname } from 'node:path';
import { checkModelFiles } from '#src/infer/repository/check-model-files.ts';
import { findHeadGateFault } from '#src/infer/repository/find-head-gate-fault.ts';
import { findLicenceText, noLicenceText } from '#src/infer/repository/find-licence-text.ts';
import { announcements } from '#src/infer/triton/find-disagreements.ts';
import { ModelConfigError, type ModelDefinition } from './model-definition.ts';

/**
 * Lets a model version in, before a worker reads it: its licence text lies beside it, its files are those of its
 * `export.json`, and where it is INT8, that says that it passed the gate of the head's AUC.
 * @returns whether there was an `export.json` to compare with. Throws ModelConfigError, with a reason without paths.
 */
export async function admitModel({ onnxPath, config }: ModelDefinition): Promise<boolean> {
  if ((await findLicenceText(dirname(dirname(onnxPath)))) === undefined) {
    throw new ModelConfigError(`${noLicenceText}; put its LICENSE into the model's folder`);
  }
  const announced = config.parameters[announcements.weightsDigest]?.stringValue ?? undefined;
  const check = await checkModelFiles(onnxPath, announced);
  if (check.outcome === 'refused') throw new ModelConfigError(check.reason);
  const precision = config.parameters[announcements.precision]?.stringValue ?? undefined;
  const fault = await findHeadGateFault(dirname(onnxPath), precision);
  if (fault !== undefined) throw new ModelConfigError(fault);
  return check.outcome === 'agreed';
}
