import { expect } from 'vitest';
import { createTestApp, expectProblem, origin, type TestApp, type TestAppOptions } from './harness.ts';

/** One call of an operation that would succeed. */
export interface Call {
  readonly path: string;
  readonly init?: RequestInit;
}

const send = (app: TestApp, { path, init }: Call, headers: Record<string, string>): Promise<Response> => {
  const merged = new Headers(init?.headers);
  for (const [name, value] of Object.entries(headers)) merged.set(name, value);
  return app.request(path, { ...init, headers: merged });
};

/** Without a key, with a wrong one and with none that could be one: 401; with the right one: not. */
export async function expectKeyNeeded(call: Call): Promise<void> {
  const app = createTestApp({ keys: ['right-key', 'other-key'] });
  const refused = [
    {},
    { authorization: 'Bearer wrong-key' },
    { authorization: 'Bearer right-key2' },
    { authorization: 'Bearer ' },
    { authorization: 'Basic right-key' },
    { authorization: 'right-key' },
    { authorization: `Bearer ${'k'.repeat(600)}` },
  ];
  for (const headers of refused) {
    const problem = await expectProblem(await send(app, call, headers), 401, 'unauthenticated');
    expect(JSON.stringify(problem)).not.toContain('right-key');
  }
  for (const key of ['right-key', 'other-key']) {
    expect((await send(app, call, { authorization: `Bearer ${key}` })).status).toBe(200);
  }
}

/** Open without a key even where keys are set: probes and the description. */
export async function expectOpen(call: Call): Promise<void> {
  const response = await send(createTestApp({ keys: ['right-key'] }), call, {});
  expect(response.status).toBe(200);
}

/** On loopback without keys: no rebound name, no page of another origin; this machine's own programs and page are served. */
export async function expectLoopbackOnly(call: Call): Promise<void> {
  const app = createTestApp();
  const refused = [
    { host: 'evil.example' },
    { host: 'evil.example:8080' },
    { host: 'localhost.evil.example' },
    { host: '127.0.0.1.evil.example' },
    { host: 'localhost.' },
    { host: 'notlocalhost:8080' },
    { host: '0.0.0.0:8080' },
    { host: '[::]:8080' },
    { host: '10.0.0.1:8080' },
    { host: 'a b' },
    { host: '' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: `${origin}.evil.example` },
    { origin: 'http://127.0.0.1:3000' },
    { origin: 'https://127.0.0.1:8080' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
  ];
  for (const headers of refused) {
    const hosted = { host: '127.0.0.1:8080', ...headers };
    await expectProblem(await send(app, call, hosted), 403, 'forbidden');
  }
  const served = [
    {},
    { host: 'localhost' },
    { host: 'LOCALHOST:8080' },
    { host: '[::1]:8080' },
    { host: '127.0.0.2:8080' },
    { host: '127.0.0.1:8080', origin },
    { host: '127.0.0.1:8080', 'sec-fetch-site': 'same-origin' },
    { host: '127.0.0.1:8080', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
  ];
  for (const headers of served) expect((await send(app, call, headers)).status).toBe(200);
}

/** A link from another site may be followed, as to any page, but only by reading. */
export async function expectLinkFollowed(call: Call, status: 200 | 403): Promise<void> {
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  expect((await send(createTestApp(), call, headers)).status).toBe(status);
}

/** Every method that the path has not: 405 with the ones that it has. */
export async function expectMethodsRefused(path: string, allow: string): Promise<void> {
  const app = createTestApp();
  const allowed = allow.split(', ');
  const others = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'M-SEARCH'].filter(
    (method) => !allowed.includes(method),
  );
  for (const method of others) {
    const response = await app.request(path, { method });
    expect(response.headers.get('allow')).toBe(allow);
    if (method === 'HEAD') {
      expect({ status: response.status, body: await response.text() }).toEqual({ status: 405, body: '' });
    } else await expectProblem(response, 405, 'method-not-allowed');
  }
}

/** HEAD: the headers of GET without its body. */
export async function expectHead(path: string): Promise<void> {
  const app = createTestApp();
  const [got, head] = [await app.request(path), await app.request(path, { method: 'HEAD' })];
  expect(await head.text()).toBe('');
  expect([head.status, head.headers.get('content-type')]).toEqual([
    got.status,
    got.headers.get('content-type'),
  ]);
}

/**
 * Each offered type is given to whoever asks for it, the first of them to whoever takes anything; who takes none is told which there
 * are. JSON only, unless other types are said.
 */
export async function expectAcceptHeeded(
  call: Call,
  offered: readonly [string, ...string[]] = ['application/json'],
): Promise<void> {
  const app = createTestApp();
  const typeOf = async (headers: Record<string, string>): Promise<string | undefined> => {
    const response = await send(app, call, headers);
    expect(response.status, await response.text()).toBe(200);
    return response.headers.get('content-type')?.split(';')[0];
  };
  const [first] = offered;
  const none = offered.map((type) => `${type};q=0`).join();
  const refused = [
    'application/x-none',
    none,
    `${none}, image/x-none`,
    'application/pdf, */*;q=0',
    '*/*;q=0',
    ';;;',
    ',',
  ];
  for (const accept of refused) {
    const { detail } = await expectProblem(await send(app, call, { accept }), 406, 'not-acceptable');
    expect(detail).toBe(`This operation answers with ${offered.join(', ')}.`);
  }
  for (const accept of [
    '*/*',
    '*',
    `${first.split('/')[0]!}/*`,
    `${first}; charset=utf-8`,
    'image/x-none, */*;q=0.1',
    '',
  ]) {
    expect(await typeOf({ accept }), accept).toBe(first);
  }
  expect(await typeOf({})).toBe(first);
  for (const type of offered) {
    expect(await typeOf({ accept: `application/x-none, ${type.toUpperCase()};q=0.2, */*;q=0.1` })).toBe(type);
  }
}

export const secret = 'ECONNREFUSED 10.9.8.7:8001 /srv/private/key.pem';

/** 500 with the catalogue's words alone; what really happened is in the log, under the request's id. */
export async function expectInternalHidden(options: TestAppOptions, call: Call): Promise<void> {
  const app = createTestApp(options);
  const problem = await expectProblem(await send(app, call, {}), 500, 'internal');
  expect(problem.detail).toBe('An unexpected error occurred.');
  expect(JSON.stringify(problem)).not.toContain('10.9.8.7');
  const id = problem.instance.replace('urn:tessera:request:', '');
  const lines = app.logLines.filter(({ requestId, err }) => requestId === id && err !== undefined);
  expect(lines).toHaveLength(1);
  expect(JSON.stringify(lines)).toContain(secret);
}

/** Throws what a broken part would. */
export const broken = (): never => {
  throw new Error(secret);
};
