import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { readManifestText } from './read-manifest-text.ts';
import { sha256File } from './sha256-file.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
/** What `export.json` says of the files; the rest of it is for people. */
const manifestSchema = z.object({
  weightsDigest: digest,
  modelDigest: digest,
  modelFiles: z.record(z.string(), digest).optional(),
});
/** The digests in a manifest, by the names of the model's files. */
interface Manifest {
  readonly weightsDigest: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Undefined when there is none. A manifest that cannot be read is a fault. */
async function readManifest(versionDir: string, modelFile: string): Promise<Manifest | string | undefined> {
  const text = await readManifestText(versionDir);
  if (text === undefined) return undefined;
  try {
    const { weightsDigest, modelDigest, modelFiles } = manifestSchema.parse(JSON.parse(text));
    return { weightsDigest, files: { ...modelFiles, [modelFile]: modelDigest } };
  } catch {
    return 'export.json holds no digests';
  }
}

/** `absent`: nothing says what the files should be. */
export type ModelFileCheck =
  { readonly outcome: 'agreed' | 'absent' } | { readonly outcome: 'refused'; readonly reason: string };

/**
 * Compares the files of one model version with the sha256 digests in the `export.json` beside them, so that what is announced is
 * what runs: the graph, weights that lie apart (`model.onnx.data`), and `weightsDigest` with the one that is announced.
 * Reasons name no path; errors of files that vanish meanwhile pass through.
 * @param modelPath `<model>/<version>/model.onnx`.
 * @param announcedWeights undefined: nothing is announced.
 */
export async function checkModelFiles(
  modelPath: string,
  announcedWeights: string | undefined,
): Promise<ModelFileCheck> {
  const refused = (reason: string): ModelFileCheck => ({ outcome: 'refused', reason });
  const [versionDir, modelFile] = [dirname(modelPath), basename(modelPath)];
  const manifest = await readManifest(versionDir, modelFile);
  if (manifest === undefined) return { outcome: 'absent' };
  if (typeof manifest === 'string') return refused(manifest);
  if (announcedWeights !== undefined && announcedWeights !== manifest.weightsDigest) {
    return refused('the weights that are announced are not those of export.json');
  }
  const own = (await readdir(versionDir)).filter((name) => name.startsWith(modelFile));
  const missing = Object.keys(manifest.files).find((name) => !own.includes(name));
  if (missing !== undefined) return refused(`${missing} of export.json is missing`);
  for (const name of own) {
    const listed = manifest.files[name];
    if (listed === undefined) return refused(`${name} is not listed in export.json`);
    if ((await sha256File(join(versionDir, name))) !== listed)
      return refused(`${name} is not the exported file`);
  }
  return { outcome: 'agreed' };
}
