import { test } from 'vitest';
import { expectAcceptHeeded } from '#test/http/cases.ts';
import { createTestApp, expectText } from '#test/http/harness.ts';

test('the reply is text; who does not take it is told', async () => {
  await expectAcceptHeeded({ path: '/metrics' }, ['text/plain']);
});

test('what Prometheus asks for gets it', async () => {
  const accept =
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5';
  const response = await createTestApp().request('/metrics', { headers: { accept } });
  await expectText(response, /^text\/plain; version=0\.0\.4/);
});
