import { test } from 'vitest';
import { postClassifications } from '#test/http/analyses.ts';
import { postForm } from '#test/http/bodies.ts';
import { darkExamples, exampleParts } from '#test/http/examples.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { createStuckEncoder } from '#test/http/tiny-model.ts';
import { createManualClock } from '#test/support/manual-clock.ts';

test('work that is not done in time is given up', async () => {
  const clock = createManualClock();
  const encoder = createStuckEncoder();
  const app = createTestApp({ clock, encoder, limits: { requestTimeoutMs: 3_000 } });
  const reply = postClassifications(app, postForm(['file', darkExamples[0]!], ...exampleParts));
  await encoder.entered;
  await clock.advance(3_000);
  await expectProblem(await reply, 504, 'deadline-exceeded');
});
