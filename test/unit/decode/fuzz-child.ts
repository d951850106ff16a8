import { AppError } from '#src/domain/app-error.ts';
import { createDirectDecoder } from '#src/decode/create-direct-decoder.ts';
import { serveChild } from '#src/isolation/serve-child.ts';
import { testContext } from './decode-fixture.ts';

/** Decodes what it is sent and says what came of it: the error code, or the size of the image. */
const decoder = createDirectDecoder();
const limits = { maxPixels: 1_000_000, maxBytes: 1_000_000 };

serveChild(async ({ payloads }) => {
  try {
    const { rows, columns, samplesPerPixel, pixels } = await decoder.decode(
      payloads[0]!,
      undefined,
      limits,
      testContext(),
    );
    return { header: { isWhole: pixels.length === rows * columns * samplesPerPixel }, payloads: [] };
  } catch (thrown) {
    const { code } = AppError.from(thrown);
    return { header: { code, message: String(thrown) }, payloads: [] };
  }
});
