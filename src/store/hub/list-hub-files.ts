import { z } from 'zod';
import { HubError } from './hub-error.ts';
import { requestFromHub, type HubAccess } from './hub-request.ts';
import { readBoundedJson } from './read-bounded-json.ts';

export interface HubFile {
  readonly name: string;
  readonly bytes: number;
  /** Of the content: sha256 for large files (LFS), else git's sha1 of the blob. */
  readonly digest: { readonly kind: 'sha256' | 'git-sha1'; readonly hex: string };
}

export interface HubListing {
  /** The commit that the revision stood for: every file is fetched at it. */
  readonly commit: string;
  readonly files: readonly HubFile[];
}

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const schema = z.object({
  sha: hex(40),
  siblings: z.array(
    z.object({
      rfilename: z.string().min(1),
      size: z.int().nonnegative().nullish(),
      blobId: hex(40).nullish(),
      lfs: z.object({ sha256: hex(64), size: z.int().nonnegative() }).nullish(),
    }),
  ),
});

/** Each part of `owner/name/…` quoted by itself. */
export const quotePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/**
 * What the hub's headers say of a file, for mirrors whose list has names only: `X-Linked-Etag` and `X-Linked-Size` of large files,
 * else `ETag` and `Content-Length`. The tag is a digest in hex, of 64 digits (sha256) or 40 (git's). Throws HubError.
 */
async function headFile(access: HubAccess, repo: string, commit: string, name: string): Promise<HubFile> {
  const path = `/${quotePath(repo)}/resolve/${commit}/${quotePath(name)}`;
  const { response, linked } = await requestFromHub(access, path, `${name} of ${repo}`, {}, 'HEAD');
  const tag = linked.etag ?? response.headers.get('etag')?.replace(/^(W\/)?"(.*)"$/, '$2') ?? '';
  const length = linked.bytes ?? response.headers.get('content-length') ?? '';
  if (!/^([0-9a-f]{64}|[0-9a-f]{40})$/.test(tag) || !/^\d+$/.test(length)) {
    throw new HubError('protocol', `The hub says neither size nor digest of ${name}.`);
  }
  const kind = tag.length === 64 ? 'sha256' : 'git-sha1';
  return { name, bytes: Number(length), digest: { kind, hex: tag } };
}

/**
 * `GET /api/models/<repo>/revision/<revision>?blobs=true`. Throws HubError.
 * @param isWanted whose sizes and digests are asked one by one, where the list has none; other files are left out then.
 */
export async function listHubFiles(
  access: HubAccess,
  repo: string,
  revision: string,
  isWanted: (name: string) => boolean,
): Promise<HubListing> {
  const path = `/api/models/${quotePath(repo)}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const { response } = await requestFromHub(access, path, `${repo} at ${revision}`);
  const parsed = schema.safeParse(await readBoundedJson(response, access.idleMs));
  if (!parsed.success) throw new HubError('protocol', 'The hub’s list of files is not in the known form.');
  const { sha: commit, siblings } = parsed.data;
  const files: HubFile[] = [];
  for (const { rfilename: name, size, blobId, lfs } of siblings) {
    if (lfs != null) files.push({ name, bytes: lfs.size, digest: { kind: 'sha256', hex: lfs.sha256 } });
    else if (size != null && blobId != null) {
      files.push({ name, bytes: size, digest: { kind: 'git-sha1', hex: blobId } });
    } else if (isWanted(name)) files.push(await headFile(access, repo, commit, name));
  }
  return { commit, files };
}
