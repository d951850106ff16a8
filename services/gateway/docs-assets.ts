import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { DocsAsset } from '#src/http/deps.ts';

const startScript = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });\n`;

/** The only files served, by name: no path is ever built from a request. */
const packaged: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** Reads a file of the documentation page from the installed package; undefined when it is not one of the page's files. */
export async function readDocsAsset(name: string): Promise<DocsAsset | undefined> {
  if (name === 'start.js') {
    return { body: new TextEncoder().encode(startScript), contentType: 'text/javascript; charset=utf-8' };
  }
  const contentType = Object.hasOwn(packaged, name) ? packaged[name] : undefined;
  if (contentType === undefined) return undefined;
  const body = await readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)));
  return { body: new Uint8Array(body), contentType };
}
