import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '#test/support/until.ts';

export interface Seen {
  readonly method: string | undefined;
  readonly host: 'hub' | 'cdn';
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

/** How this hub misbehaves; all off unless a test turns one on, and it may change while the hub runs. */
export interface Manners {
  token?: string;
  isGated?: boolean;
  /** As `isGated`, but said to one who shows no token, as the real hub does. */
  isGatedToStrangers?: boolean;
  /** A mirror that does not pass X-Linked-Etag and X-Linked-Size on. */
  isWithoutLinked?: boolean;
  /** A mirror whose list holds names only. */
  isNamesOnly?: boolean;
  /** In place of the true X-Linked-Etag. */
  linkedEtag?: string;
  /** Status codes of the next replies of the hub, and their Retry-After in seconds. */
  refusals: { readonly status: number; readonly retryAfter?: string }[];
  /** Bytes after which the storage host cuts the next connections. */
  cuts: number[];
  /** Then the connection stays open and silent in place of being cut. */
  isCutSilent?: boolean;
  /** The hub accepts connections and answers nothing. */
  isMute?: boolean;
  /** Name of the file to which that happens; unset: whichever comes next. */
  cutOnly?: string;
  /** How much of the file that is cut the client has on its disk. */
  bytesKept: () => number;
  /** Statuses of the next replies of the storage host. */
  cdnRefusals: number[];
  isRangeWrong?: boolean;
  isIgnoringRange?: boolean;
  /** The storage host's tags are weak ones. */
  isTagWeak?: boolean;
  /** Added to the true size in the list. */
  sizeLie?: number;
  isDigestWrong?: boolean;
  otherCommit?: string;
}

export interface LoopbackHub {
  readonly endpoint: string;
  readonly seen: readonly Seen[];
  readonly manners: Manners;
  /** Content of the files; replacing one changes its etag. */
  readonly files: Map<string, Buffer>;
  close(): Promise<void>;
}

export const commit = 'c0ffee00'.repeat(5);
export const repo = 'owner/dinov3-test';
const hash = (kind: string, bytes: Buffer) => createHash(kind).update(bytes).digest('hex');

async function listen(handle: (req: IncomingMessage, res: ServerResponse) => void) {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** A hub with its storage host on another port (another origin), as the real one has it. Large files are those of 1 kB or more. */
export async function startLoopbackHub(repository = repo): Promise<LoopbackHub> {
  const seen: Seen[] = [];
  const manners: Manners = { refusals: [], cuts: [], cdnRefusals: [], bytesKept: () => 0 };
  const files = new Map<string, Buffer>();
  const note = (host: Seen['host'], { method, url = '', headers }: IncomingMessage) =>
    seen.push({ method, host, path: url, authorization: headers.authorization, range: headers.range });

  const cdn = await listen((req, res) => {
    note('cdn', req);
    const refusal = manners.cdnRefusals.shift();
    if (refusal !== undefined) return void res.writeHead(refusal).end();
    const bytes = files.get(decodeURIComponent(req.url!.slice(1)))!;
    const etag = `${manners.isTagWeak ? 'W/' : ''}"${hash('sha256', bytes)}"`;
    const from = Number(/^bytes=(\d+)-$/.exec(req.headers.range ?? '')?.[1] ?? 0);
    const isPart = from > 0 && !manners.isIgnoringRange && req.headers['if-range'] === etag;
    const body = bytes.subarray(isPart ? from : 0);
    const claimed = manners.isRangeWrong ? from + 7 : from;
    res.writeHead(isPart ? 206 : 200, {
      etag,
      'content-length': body.length,
      ...(isPart && { 'content-range': `bytes ${claimed}-${bytes.length - 1}/${bytes.length}` }),
    });
    const isCuttable = manners.cutOnly === undefined || req.url === `/${manners.cutOnly}`;
    const cut = isCuttable ? manners.cuts.shift() : undefined;
    if (cut === undefined) return void res.end(body);
    // Not before the client has kept something of it, or there would be nothing to resume.
    const before = manners.bytesKept();
    res.write(body.subarray(0, cut));
    const isKept = () => cut === 0 || manners.bytesKept() > before;
    if (manners.isCutSilent === true) return;
    void until('the client keeps what came', isKept).finally(() => res.destroy());
  });

  const hub = await listen((req, res) => {
    note('hub', req);
    if (manners.isMute === true) return;
    const refusal = manners.refusals.shift();
    if (refusal !== undefined) {
      const { status, retryAfter } = refusal;
      return void res.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end();
    }
    if (manners.token !== undefined && req.headers.authorization !== `Bearer ${manners.token}`) {
      return void res.writeHead(401).end();
    }
    const gated = { 'x-error-code': 'GatedRepo' };
    if (manners.isGated) return void res.writeHead(403, gated).end();
    if (manners.isGatedToStrangers && req.headers.authorization === undefined) {
      return void res.writeHead(401, gated).end();
    }
    const path = req.url!.split('?')[0]!;
    if (new RegExp(`^/api/models/${repository}/revision/(main|c0ffee00.*)$`).test(path)) {
      const names = [...files.keys()].map((rfilename) => ({ rfilename }));
      if (manners.isNamesOnly) return void res.end(JSON.stringify({ sha: commit, siblings: names }));
      const siblings = [...files].map(([rfilename, bytes]) => ({
        rfilename,
        size: bytes.length,
        blobId: hash('sha1', Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes])),
        ...(bytes.length >= 1000 && {
          lfs: {
            sha256: manners.isDigestWrong ? 'ab'.repeat(32) : hash('sha256', bytes),
            size: bytes.length + (manners.sizeLie ?? 0),
          },
        }),
      }));
      return void res.end(JSON.stringify({ sha: commit, siblings }));
    }
    const cached = /^\/api\/resolve-cache\/(.+)$/.exec(path)?.[1];
    const name = cached ?? new RegExp(`^/${repository}/resolve/${commit}/(.+)$`).exec(path)?.[1];
    const bytes = name === undefined ? undefined : files.get(name);
    if (bytes === undefined) return void res.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
    if (cached !== undefined) {
      const blob = Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]);
      const etag = `"${hash('sha1', blob)}"`;
      return void res.writeHead(200, { etag, 'content-length': bytes.length }).end(bytes);
    }
    const headers = { 'x-repo-commit': manners.otherCommit ?? commit };
    // Small files come from the hub's own cache, by a relative address; large ones from another host, with what they should be.
    if (bytes.length < 1000) {
      return void res.writeHead(307, { ...headers, location: `/api/resolve-cache/${name}` }).end();
    }
    const linked = {
      'x-linked-etag': `"${manners.linkedEtag ?? hash('sha256', bytes)}"`,
      'x-linked-size': bytes.length,
    };
    const more = manners.isWithoutLinked ? {} : linked;
    res.writeHead(302, { ...headers, ...more, location: `${cdn.url}/${name}` }).end();
  });

  return {
    endpoint: hub.url,
    seen,
    manners,
    files,
    async close() {
      await Promise.all([hub.close(), cdn.close()]);
    },
  };
}
