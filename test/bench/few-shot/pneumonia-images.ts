import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeGrayPng } from './encode-gray-png.ts';
import { readNpz } from './read-npz.ts';

export interface LabelledImage {
  /** 28×28 gray, row-major. */
  readonly pixels: Uint8Array;
  readonly png: Buffer;
  readonly isPneumonia: boolean;
}

export interface PneumoniaImages {
  readonly train: readonly LabelledImage[];
  readonly val: readonly LabelledImage[];
}

const side = 28;

/** Train and val of PneumoniaMNIST (CC BY 4.0), or undefined where the data folder is not there. */
export function loadPneumoniaImages(dataDir: string): PneumoniaImages | undefined {
  const path = join(dataDir, 'open/pneumoniamnist/pneumoniamnist_dev.npz');
  if (!existsSync(path)) return undefined;
  const arrays = readNpz(readFileSync(path));
  const split = (name: string): LabelledImage[] => {
    const images = arrays.get(`${name}_images`)!;
    const labels = arrays.get(`${name}_labels`)!.values;
    if (images.shape[1] !== side || images.shape[2] !== side) throw new Error(`Not ${side}×${side}.`);
    return Array.from(labels, (label, i) => {
      const pixels = images.values.subarray(i * side * side, (i + 1) * side * side);
      return { pixels, png: encodeGrayPng(pixels, side, side), isPneumonia: label === 1 };
    });
  };
  return { train: split('train'), val: split('val') };
}
