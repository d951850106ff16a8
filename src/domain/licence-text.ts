/**
 * Is this the name of a licence text, as repositories of weights have it at their top (`LICENSE`, `LICENSE.md`, `COPYING.txt`)?
 * A model's folder holds one too: a model without its licence text beside it is not served.
 */
export function isLicenceFileName(name: string): boolean {
  return /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(name);
}
