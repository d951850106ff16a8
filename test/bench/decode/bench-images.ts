import { sharp } from '#src/decode/configured-sharp.ts';
import { encodeLossless } from '#test/unit/decode/lossless-encoder.ts';

/** Smooth waves with a little noise: compresses about as a radiograph does. Interleaved RGB. */
function picture(side: number): Uint8Array {
  const pixels = new Uint8Array(side * side * 3);
  for (let y = 0, at = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      for (let channel = 0; channel < 3; channel += 1, at += 1) {
        const noise = Math.imul(x * 7919 + y * 104_729, 0x9e3779b1) >>> 28;
        pixels[at] = 120 + 70 * Math.sin(x / 23 + channel) + 40 * Math.cos(y / 17) + noise;
      }
    }
  }
  return pixels;
}

export interface BenchImage {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly isGray: boolean;
  readonly isLossyJpeg: boolean;
}

/** The files that are timed, made here so that every machine times the same ones. */
export async function makeBenchImages(): Promise<readonly BenchImage[]> {
  const images: BenchImage[] = [];
  for (const side of [224, 1024]) {
    for (const isGray of [true, false]) {
      const raw = sharp(picture(side), { raw: { width: side, height: side, channels: 3 } });
      const bytes = await (isGray ? raw.toColourspace('b-w') : raw).jpeg({ quality: 90 }).toBuffer();
      images.push({ name: `JPEG ${side}² ${isGray ? 'gray' : 'RGB'}`, bytes, isGray, isLossyJpeg: true });
    }
  }
  const png = sharp(picture(512), { raw: { width: 512, height: 512, channels: 3 } });
  const gray16 = png.clone().toColourspace('grey16');
  images.push(
    { name: 'PNG 512² RGB', bytes: await png.png().toBuffer(), isGray: false, isLossyJpeg: false },
    { name: 'PNG 512² gray 16 bit', bytes: await gray16.png().toBuffer(), isGray: true, isLossyJpeg: false },
  );
  const samples = Uint16Array.from(
    { length: 256 * 256 },
    (_, at) => 30_000 + 9000 * Math.sin(at / 300) + (at % 61),
  );
  const lossless = { rows: 256, columns: 256, components: 1, precision: 16, predictor: 1 };
  const bytes = encodeLossless(samples, lossless);
  images.push({ name: 'JPEG lossless 256² gray 16 bit', bytes, isGray: true, isLossyJpeg: false });
  return images;
}
