import { AppError } from '#src/domain/app-error.ts';
import type { WindowOption } from './window-option.ts';

/** Names that only mean something where stored values have a unit (Hounsfield units, or a file's own window). */
const dicomOnly = new Set([
  'dicom',
  'abdomen',
  'angio',
  'bone',
  'brain',
  'liver',
  'lung',
  'mediastinum',
  'soft-tissue',
  'spine',
  'stroke',
  'subdural',
]);

const pair = /^\s*([+-]?\d+(?:\.\d+)?)\s*,\s*([+-]?\d+(?:\.\d+)?)\s*$/;
/** Beyond every stored value that a format here can hold; keeps the arithmetic exact. */
const maxMagnitude = 2 ** 31;

/**
 * The `window` option: `full`, `auto` or `center,width` in stored values. Whether a width below 1 makes sense, the samples say.
 * @throws AppError unusable-input for `dicom` and the presets (they need DICOM), malformed-request for anything else
 */
export function parseWindow(text: string): WindowOption {
  const name = text.trim().toLowerCase();
  if (name === 'full' || name === 'auto') return { kind: name };
  if (dicomOnly.has(name)) {
    throw new AppError('unusable-input', `The window ${name} needs DICOM. Use full, auto or center,width.`);
  }
  const match = pair.exec(text);
  const center = Number(match?.[1]);
  const width = Number(match?.[2]);
  if (!(Math.abs(center) <= maxMagnitude && width > 0 && width <= maxMagnitude)) {
    throw new AppError(
      'malformed-request',
      'The window must be full, auto or center,width with a width above 0.',
    );
  }
  return { kind: 'linear', center, width };
}
