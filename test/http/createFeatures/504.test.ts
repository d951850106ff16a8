import { test } from 'vitest';
import { postFeatures } from '#test/http/analyses.ts';
import { postFile } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';
import { createStuckEncoder } from '#test/http/tiny-model.ts';
import { createManualClock } from '#test/support/manual-clock.ts';

test('work that is not done in time is given up', async () => {
  const clock = createManualClock();
  const encoder = createStuckEncoder();
  const app = createTestApp({ clock, encoder, limits: { requestTimeoutMs: 3_000 } });
  const reply = postFeatures(app, postFile(await pngImage()));
  await encoder.entered;
  await clock.advance(3_000);
  await expectProblem(await reply, 504, 'deadline-exceeded');
});
