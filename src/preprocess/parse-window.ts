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

const number = String.raw`[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?`;
const pair = new RegExp(String.raw`^\s*(${number})\s*,\s*(${number})\s*$`, 'i');
/** A quarter of what float64 samples can hold: the ends of every window stay finite. */
const maxMagnitude = 2 ** 1022;

/**
 * The `window` option: `full`, `auto` or `center,width` in stored values, also as `1.5e-3,2e4`. Whether a width below 1 makes sense, the samples say.
 * @throws AppError unusable-input for `dicom` and the presets (they need DICOM), malformed-request for anything else
 */
export function parseWindow(text: string): WindowOption {
  const name = text.trim().toLowerCase();
  if (name === 'full' || name === 'auto') return { kind: name };
  if (dicomOnly.has(name)) {
    throw new AppError('unusable-input', `The window ${name} needs DICOM. Use full, auto or center,width.`, {
      faults: [{ pointer: '/window', detail: 'It needs DICOM.' }],
    });
  }
  const match = pair.exec(text);
  const center = Number(match?.[1]);
  const width = Number(match?.[2]);
  if (!(Math.abs(center) <= maxMagnitude && width > 0 && width <= maxMagnitude)) {
    throw new AppError(
      'malformed-request',
      'The window must be full, auto or center,width with a width above 0.',
      { faults: [{ pointer: '/window', detail: 'Unknown window.' }] },
    );
  }
  return { kind: 'linear', center, width };
}
