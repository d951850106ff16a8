/** Which methods a path has, for 405 and its `Allow` header. Built once from the operations' own descriptions. */
export function createMethodTable(
  routes: readonly { readonly method: string; readonly path: string }[],
): (path: string) => readonly string[] {
  const table = routes.map(({ method, path }) => ({
    method: method.toUpperCase(),
    // Paths hold only letters, digits, `/`, `.` and `{name}`; the dot is the one to escape.
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));
  return (path) => {
    const methods = table.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  };
}
