import { expect, test } from 'vitest';
import { createMethodTable } from '#src/http/method-table.ts';

const methodsOf = createMethodTable([
  { method: 'get', path: '/things' },
  { method: 'post', path: '/things' },
  { method: 'delete', path: '/things/{id}' },
  { method: 'get', path: '/a.json' },
]);

test.each([
  ['/things', ['GET', 'POST', 'HEAD']],
  ['/things/7', ['DELETE']],
  ['/a.json', ['GET', 'HEAD']],
  // The dot is a dot, a parameter is one segment and not an empty one, and a path is whole.
  ['/axjson', []],
  ['/things/', []],
  ['/things/7/8', []],
  ['/x/things', []],
  ['/things\n', []],
  ['/THINGS', []],
])('%j has %j', (path, methods) => {
  expect(methodsOf(path)).toEqual(methods);
});
