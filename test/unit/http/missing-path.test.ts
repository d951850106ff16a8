import { expect, test } from 'vitest';
import { createMethodTable } from '#src/http/method-table.ts';
import { describeMissingPath } from '#src/http/missing-path.ts';

const methodsOf = createMethodTable([
  { method: 'post', path: '/v1/embeddings' },
  { method: 'get', path: '/v1/models/{id}' },
  { method: 'get', path: '/livez' },
]);

test.each([
  ['/', 'Nothing lies here'],
  ['/v1/embeddings/', 'without the slash'],
  ['/v1/models/4711//', 'without the slash'],
  ['/livez/', 'without the slash'],
  ['/embeddings', '/v1 before it'],
  ['/embeddings/', '/v1 before it'],
  ['/models/4711', '/v1 before it'],
  ['/v1/4711', 'Those that exist'],
  ['/4711/', 'Those that exist'],
  ['//', 'Those that exist'],
])('%s: %s', (path, part) => {
  const detail = describeMissingPath(path, methodsOf);
  expect(detail).toContain(part);
  expect(detail).not.toContain('4711');
});
