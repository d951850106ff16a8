import { join } from 'node:path';
import { AppError } from '#src/domain/app-error.ts';
import type { ModelSpec } from '#src/domain/model-spec.ts';
import { checkModelFiles } from '#src/infer/repository/check-model-files.ts';
import { findHeadGateFault } from '#src/infer/repository/find-head-gate-fault.ts';
import { findLicenceText, noLicenceText } from '#src/infer/repository/find-licence-text.ts';
import { loadModelSpecs } from '#src/infer/specs/load-model-specs.ts';
import type { Finding } from './finding.ts';
import { errorCode } from '../error-code.ts';

/**
 * The specs of the model folder, and for each whether its files are those that its export recorded.
 * @param ask what a server says of the models whose files are sound: findings of its own, and one for each model at fault
 */
export async function checkModels(
  dir: string,
  defaultModel: string,
  ask: (specs: readonly ModelSpec[]) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const specs = await loadModelSpecs(dir).catch((thrown: unknown) =>
    thrown instanceof AppError ? thrown.detail : `${dir} cannot be read (${errorCode(thrown)})`,
  );
  if (typeof specs === 'string') {
    const advice = 'Correct the spec, or set TESSERA_MODEL_DIR to a folder of models.';
    return [{ name: 'models', isOk: false, detail: specs, advice }];
  }
  const isServed = specs.some(({ name }) => name === defaultModel);
  const named: Finding = isServed
    ? { name: 'default model', isOk: true, detail: defaultModel }
    : {
        name: 'default model',
        isOk: false,
        detail: `${defaultModel} is not in the model folder`,
        advice: `Set TESSERA_DEFAULT_MODEL to one of: ${specs.map(({ name }) => name).join(', ')}.`,
      };
  const files = await Promise.all(specs.map((spec) => checkModel(dir, spec)));
  const asked = await ask(specs.filter((_, i) => files[i]!.isOk));
  const isAsked = ({ name }: Finding): boolean => asked.some((finding) => finding.name === name);
  return [named, ...files.filter((finding) => !isAsked(finding)), ...asked];
}

/** Is the licence text there, are graph and spec those of `export.json`, and has an INT8 engine passed its gate? */
export async function checkModel(dir: string, spec: ModelSpec): Promise<Finding> {
  const name = `model ${spec.name}`;
  const fail = (detail: string, advice: string): Finding => ({ name, isOk: false, detail, advice });
  const again = 'Export or copy the model again, with its spec.json and export.json.';
  const licence = await findLicenceText(join(dir, spec.name));
  if (licence === undefined) {
    const { name: title, url } = spec.licence;
    const advice = `Put the text of the ${title} (${url}) there as LICENSE; until then the model is not served.`;
    return fail(noLicenceText, advice);
  }
  try {
    const path = join(dir, spec.name, spec.version, 'model.onnx');
    const check = await checkModelFiles(path, spec.weightsDigest);
    if (check.outcome === 'refused') return fail(check.reason, again);
    if (check.outcome === 'absent') return fail('export.json is missing', again);
    const fault = await findHeadGateFault(join(dir, spec.name, spec.version), spec.precision);
    if (fault !== undefined) {
      return fail(fault, 'Export it again with --head-data DIR; until then the model is not served.');
    }
    return { name, isOk: true, detail: `files match their digests, terms in ${licence}` };
  } catch (thrown) {
    return fail(`a file is missing (${errorCode(thrown)})`, again);
  }
}
