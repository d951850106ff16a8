/**
 * What to tell somebody who asked for a path that does not exist. Never repeats the path, which is the client's own text.
 * @param methodsOf methods of a path, none when it does not exist
 */
export function describeMissingPath(path: string, methodsOf: (path: string) => readonly string[]): string {
  if (path === '/') return 'Nothing lies here. The interface is described at /docs and /openapi.json.';
  const bare = path.replace(/\/+$/, '');
  if (bare !== path && methodsOf(bare).length > 0) {
    return 'There is no such path; without the slash at its end it exists.';
  }
  if (methodsOf(`/v1${bare}`).length > 0) {
    return 'There is no such path; with /v1 before it it exists. OpenAI clients want a base URL that ends in /v1.';
  }
  return 'There is no such path. Those that exist are described at /docs and /openapi.json.';
}
