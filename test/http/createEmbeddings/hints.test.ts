import { describe, expect, test } from 'vitest';
import { postEmbeddings } from '#test/http/analyses.ts';
import { fileNameNobodyMaySee, postFile, postForm, postJson, postRawForm } from '#test/http/bodies.ts';
import { createTestApp, expectProblem } from '#test/http/harness.ts';
import { pngImage } from '#test/http/images.ts';

const png = await pngImage();
const app = createTestApp();

const refused = async (init: RequestInit | Promise<RequestInit>) => {
  const problem = await expectProblem(await postEmbeddings(app, init), 400, 'malformed-request');
  expect(problem.message).toContain(problem.detail);
  return problem;
};

describe('somebody’s first try is told what to do', () => {
  test('-F file=path, without the @ that makes curl read it', async () => {
    const { detail } = await refused(postForm(['file', fileNameNobodyMaySee]));
    expect(detail).toContain('-F file=@image.png');
    expect(detail).not.toContain('Jane');
  });

  test('the same among real files is a failed item', async () => {
    const response = await postEmbeddings(app, postForm(['file', 'scan.png'], ['file', png]));
    expect(response.status).toBe(207);
    expect(await response.json()).toMatchObject({ data: [{ error: { code: 'malformed-request' } }, {}] });
  });

  test('a file in a part without a file name is a file all the same', async () => {
    const head = Buffer.from('--b\r\ncontent-disposition: form-data; name="file"\r\n\r\n');
    const body = Buffer.concat([head, png, Buffer.from('\r\n--b--\r\n')]);
    const response = await postEmbeddings(app, postRawForm(Uint8Array.from(body)));
    expect(response.status, await response.text()).toBe(200);
  });

  test('bare base64', async () => {
    const { detail } = await refused(postJson({ input: Buffer.from(png).toString('base64') }));
    expect(detail).toContain('put "data:image/png;base64,"');
  });

  test('a path as input', async () => {
    const { detail } = await refused(postJson({ input: './jane/scan.png' }));
    expect(detail).toContain('name of a file');
    expect(detail).not.toContain('jane');
  });

  test('another part name', async () => {
    const { errors, message } = await refused(postForm(['image', png]));
    expect(errors?.map(({ pointer }) => pointer)).toEqual(['/image']);
    expect(message).toContain('name its part "file"');
  });

  test('nothing at all', async () => {
    const { detail } = await refused(postFile(new Uint8Array(0)));
    expect(detail).toMatch(/^The body is empty\..*-F file=@image\.png/);
    expect((await refused({ method: 'POST' })).detail).toBe(detail);
    expect((await refused(postJson(''))).detail).toContain('"input"');
  });

  test.each(['/', '/v1/embeddings/', '/embeddings'])('%s leads to the description', async (path) => {
    const problem = await expectProblem(await app.request(path, { method: 'POST' }), 404, 'not-found');
    expect(problem.detail).toMatch(/\/docs|slash|\/v1/);
  });
});

test('a refusal is found in the log at the default level, by the id that its reply told', async () => {
  const own = createTestApp();
  const responses = [
    await postEmbeddings(own, postJson({ input: 'x' })),
    await own.request('/nowhere'),
    await own.request('/v1/models/none'),
  ];
  const info = 30;
  const lines = own.logLines.filter(({ level }) => Number(level) >= info);
  expect(lines.map(({ requestId, status, code }) => ({ requestId, status, code }))).toEqual([
    { requestId: responses[0]!.headers.get('x-request-id'), status: 400, code: 'malformed-request' },
    { requestId: responses[1]!.headers.get('x-request-id'), status: 404 },
    { requestId: responses[2]!.headers.get('x-request-id'), status: 404, code: 'model-not-found' },
  ]);
  await postEmbeddings(own, postFile(png));
  expect(own.logLines.filter(({ level }) => Number(level) >= info)).toHaveLength(3);
});
