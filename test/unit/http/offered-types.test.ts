import { expect, test } from 'vitest';
import { offeredTypes } from '#src/http/offered-types.ts';

const route = (content: object | undefined) => ({
  operationId: 'thing',
  method: 'get' as const,
  path: '/thing',
  responses: { 200: { description: 'Good.', ...(content && { content }) }, 404: { description: 'None.' } },
});

test('the types of the success, in their order', () => {
  expect(offeredTypes(route({ 'text/csv': {}, 'application/json': {} }))).toEqual([
    'text/csv',
    'application/json',
  ]);
});

test('an operation that says none is a mistake, found when the application is made', () => {
  expect(() => offeredTypes(route(undefined))).toThrow('thing');
  expect(() => offeredTypes(route({}))).toThrow('thing');
});
