import { describe, expect, it } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { readInput } from '#test/golden/preprocess/read-golden.ts';
import { testContext, wideLimits } from './decode-fixture.ts';

const decoder = createDirectDecoder();

async function codeOf(bytes: Uint8Array, declaredType?: string, limits = wideLimits): Promise<string> {
  try {
    await decoder.decode(bytes, declaredType, limits, testContext());
    return 'accepted';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

describe('createDirectDecoder', () => {
  it.each(['gray8.png', 'rgb16.png', 'palette4.png', 'rgb8-interlaced.png'])(
    'refuses %s cut anywhere: never half an image',
    async (name) => {
      const file = readInput(name);
      for (let length = 0; length < file.length; length += 7) {
        expect(await codeOf(file.subarray(0, length))).not.toBe('accepted');
      }
    },
  );

  it.each([
    'jpeg-gray.jpg',
    'jpeg-ycc420.jpg',
    'jpeg-ycc420-progressive.jpg',
    'jpeg-cmyk.jpg',
    'lossless-rgb8-p7.jpg',
  ])('refuses %s cut anywhere before its end marker: never half an image', async (name) => {
    const file = readInput(name);
    for (let length = 3; length < file.length - 2; length += 13) {
      expect(await codeOf(file.subarray(0, length))).toBe('undecodable-image');
    }
  });

  it('refuses a PNG whose pixels fail their checksum', async () => {
    const file = readInput('gray8.png');
    const at = Buffer.from(file.buffer).indexOf('IDAT');
    file[at + 20] = file[at + 20]! ^ 1;
    expect(await codeOf(file)).toBe('undecodable-image');
  });

  it('takes bytes behind the end marker, as every viewer does', async () => {
    const file = readInput('jpeg-gray.jpg');
    expect(await codeOf(Uint8Array.from([...file, 1, 2, 3]))).toBe('accepted');
  });

  it('enforces type and limits before decoding', async () => {
    expect(await codeOf(readInput('gray8.png'), 'image/jpeg')).toBe('media-type-mismatch');
    expect(await codeOf(readInput('gray8.png'), undefined, { maxPixels: 5, maxBytes: 1e6 })).toBe(
      'image-too-large',
    );
    expect(await codeOf(readInput('gray8.png'), undefined, { maxPixels: 1e6, maxBytes: 5 })).toBe(
      'payload-too-large',
    );
  });

  it('does not start for a call that was given up, and says why', async () => {
    const decode = (signal: AbortSignal) =>
      decoder.decode(readInput('gray8.png'), undefined, wideLimits, testContext(signal));
    await expect(decode(AbortSignal.abort())).rejects.toMatchObject({ code: 'request-cancelled' });
    await expect(decode(AbortSignal.abort('gone'))).rejects.toMatchObject({ code: 'request-cancelled' });
    const timeout = new DOMException('late', 'TimeoutError');
    await expect(decode(AbortSignal.abort(timeout))).rejects.toMatchObject({ code: 'deadline-exceeded' });
    const reason = new AppError('shutting-down', 'The server is shutting down.');
    await expect(decode(AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('hands out no text of a library', async () => {
    const file = readInput('jpeg-gray.jpg');
    const error = await decoder
      .decode(file.subarray(0, file.length - 20), undefined, wideLimits, testContext())
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      detail: 'The image cannot be decoded: the JPEG file is damaged or cut off.',
    });
  });
});
