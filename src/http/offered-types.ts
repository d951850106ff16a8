import type { Operation } from './operation.ts';

/**
 * Media types of an operation's success, in the order of its description: what `Accept` chooses from, the first one for those who do
 * not choose.
 */
export function offeredTypes({ operationId, responses }: Operation['route']): readonly [string, ...string[]] {
  const success = responses['200'];
  const content = success !== undefined && 'content' in success ? success.content : undefined;
  const [first, ...others] = Object.keys(content ?? {});
  if (first === undefined) throw new Error(`${operationId} does not say what it answers with.`);
  return [first, ...others];
}
