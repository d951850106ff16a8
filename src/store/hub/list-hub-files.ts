import { z } from 'zod';
import { HubError } from './hub-error.ts';
import { requestFromHub, type HubAccess } from './hub-request.ts';

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
      size: z.int().nonnegative(),
      blobId: hex(40),
      lfs: z.object({ sha256: hex(64), size: z.int().nonnegative() }).nullish(),
    }),
  ),
});

/** Each part of `owner/name/…` quoted by itself. */
export const quotePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** `GET /api/models/<repo>/revision/<revision>?blobs=true`. Throws HubError. */
export async function listHubFiles(access: HubAccess, repo: string, revision: string): Promise<HubListing> {
  const path = `/api/models/${quotePath(repo)}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const { response } = await requestFromHub(access, path, `${repo} at ${revision}`);
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw new HubError('protocol', 'The hub’s list of files is not in the known form.');
  const files = parsed.data.siblings.map(({ rfilename, size, blobId, lfs }): HubFile => {
    if (lfs) return { name: rfilename, bytes: lfs.size, digest: { kind: 'sha256', hex: lfs.sha256 } };
    return { name: rfilename, bytes: size, digest: { kind: 'git-sha1', hex: blobId } };
  });
  return { commit: parsed.data.sha, files };
}
