import { test } from 'vitest';
import { expectInternalHidden, secret } from '#test/http/cases.ts';
import { createMetrics } from '#src/telemetry/metrics.ts';

test('a gauge that cannot be read is told as an internal error only', async () => {
  const sources = {
    queuedImages: () => {
      throw new Error(secret);
    },
    bufferedBytes: () => 0,
    endpoints: () => [],
    models: () => [],
  };
  await expectInternalHidden({ deps: { metrics: createMetrics(sources, '0') } }, { path: '/metrics' });
});
