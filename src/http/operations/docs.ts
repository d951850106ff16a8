import { z } from '@hono/zod-openapi';
import { AppError } from '#src/domain/app-error.ts';
import { negotiate } from '#src/http/accepts.ts';
import { errorResponses } from '#src/http/error-responses.ts';
import type { Operation } from '#src/http/operation.ts';

/** Everything the page loads comes from this server; nothing is fetched from elsewhere. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tessera API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** `GET /docs`: the description as a page. */
export const docs: Operation = {
  route: {
    operationId: 'docs',
    method: 'get',
    path: '/docs',
    tags: ['operations'],
    summary: 'API reference as a page',
    responses: {
      200: { description: 'The page.', content: { 'text/html': { schema: z.string() } } },
      ...errorResponses(403, 405, 406, 500),
    },
  },
  create: () => (c) => c.html(page, 200, { 'content-security-policy': contentSecurityPolicy }),
};

/** `GET /docs/{asset}`: the files of the page. */
export const docsAsset: Operation = {
  route: {
    operationId: 'docsAsset',
    method: 'get',
    path: '/docs/{asset}',
    tags: ['operations'],
    summary: 'A file of the API reference page',
    request: { params: z.object({ asset: z.string().openapi({ example: 'start.js' }) }) },
    responses: {
      200: {
        description: 'The file.',
        content: { 'text/css': { schema: z.string() }, 'text/javascript': { schema: z.string() } },
      },
      ...errorResponses(403, 404, 405, 406, 500),
    },
  },
  create: (deps) => async (c) => {
    const asset = await deps.docsAsset(c.req.param('asset') ?? '');
    if (asset === undefined) throw new AppError('not-found', 'There is no such file.');
    negotiate(c.req.header('accept'), [asset.contentType.split(';')[0]!]);
    return c.body(asset.body, 200, {
      'content-type': asset.contentType,
      'cache-control': 'public, max-age=3600',
    });
  },
};
