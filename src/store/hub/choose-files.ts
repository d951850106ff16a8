import { isLicenceFileName } from '#src/domain/licence-text.ts';
import { HubError } from './hub-error.ts';

const weightsName = /^[\w.-]+\.safetensors$/;
/** What an export needs; everything else of a repository (other formats, code, pictures) stays where it is. */
const wantedName =
  /^([\w.-]+\.safetensors(\.index\.json)?|config\.json|preprocessor_config\.json|notice(\.(md|txt))?)$/i;

/** Is it a file that is kept, by its name? */
export const isKeptName = (name: string): boolean => wantedName.test(name) || isLicenceFileName(name);

/** Is it a file of weights? */
export const isWeightsName = (name: string): boolean => weightsName.test(name);

/**
 * The files of a repository, or of a copy of one, that are kept. Throws HubError `no-licence` or `no-weights` when it is of no use.
 * @param source how messages name it.
 */
export function chooseFiles<T extends { readonly name: string; readonly bytes: number }>(
  source: string,
  files: readonly T[],
): readonly T[] {
  if (!files.some(({ name, bytes }) => isLicenceFileName(name) && bytes > 0)) {
    throw new HubError('no-licence', `${source} has no licence text: a model without one is not served.`);
  }
  if (!files.some(({ name }) => isWeightsName(name))) {
    throw new HubError('no-weights', `${source} has no weights in safetensors files.`);
  }
  return files.filter(({ name }) => isKeptName(name));
}

/** The licence text among chosen files. */
export const licenceOf = (files: readonly { readonly name: string; readonly bytes: number }[]): string =>
  files.find(({ name, bytes }) => isLicenceFileName(name) && bytes > 0)!.name;
