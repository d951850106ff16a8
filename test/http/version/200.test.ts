import { expect, test } from 'vitest';
import { versionSchema } from '#src/http/operations/version.ts';
import { createTestApp, expectJson } from '#test/http/harness.ts';

test('says which build runs, with null for a commit that is not known', async () => {
  const reply = await expectJson(await createTestApp().request('/version'), versionSchema);
  expect(reply).toEqual({ name: 'tessera', version: '0.0.0-test', commit: null, node: '24.0.0' });
  const version = { name: 'tessera', version: '1.2.3', commit: 'abc', node: '24.0.0' };
  const built = createTestApp({ deps: { version } });
  expect(await expectJson(await built.request('/version'), versionSchema)).toEqual(version);
});
