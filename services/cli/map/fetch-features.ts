import { constants, openAsBlob } from 'node:fs';
import { access } from 'node:fs/promises';
import { CliError } from '../cli-error.ts';
import type { OpenGateway } from '../client/open-gateway.ts';
import { failureOf, readProblem, refusalOf, type FileFailure } from '../client/problem.ts';
import { sendRequest } from '../client/send-request.ts';
import { readFeatures, type FileFeatures } from './read-features.ts';

export type FetchedFeatures =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly features: FileFeatures }
  | { readonly ok: false; readonly error: FileFailure };

/**
 * Patch features of one file, and the bytes they were made of: reading the blob fails if the file has changed meanwhile.
 * One file a request, since patch tokens are a thousand times larger than embeddings.
 * Throws CliError when the gateway cannot be reached or refuses every file; honours the signal.
 */
export async function fetchFeatures(
  gateway: OpenGateway,
  file: string,
  fields: readonly (readonly [name: string, value: string])[],
  signal: AbortSignal,
): Promise<FetchedFeatures> {
  const refusal = await access(file, constants.R_OK).catch((err: unknown) => err as NodeJS.ErrnoException);
  if (refusal !== undefined) {
    const detail = `The file cannot be read (${refusal.code ?? 'unknown'}).`;
    return { ok: false, error: { code: 'unreadable-file', detail } };
  }
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  const blob = await openAsBlob(file);
  // No file name travels: it may be a patient's.
  form.append('file', blob, 'file');
  const response = await sendRequest(gateway, '/v1/features', form, signal);
  if (!response.ok) {
    const problem = await readProblem(response);
    if (problem.code === 'unsupported-by-model') {
      throw new CliError('failed', problem.detail, 'A map needs patch tokens: name another --model.');
    }
    const names = fields.map(([name]) => name);
    const refusal = refusalOf(response.status, problem, names);
    if (refusal !== undefined) throw refusal;
    return { ok: false, error: failureOf(problem, 0) };
  }
  const features = readFeatures(new Uint8Array(await response.arrayBuffer()));
  return { ok: true, bytes: new Uint8Array(await blob.arrayBuffer()), features };
}
