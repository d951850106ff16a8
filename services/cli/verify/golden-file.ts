import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const excerpt = z.object({ first: z.array(z.number()).min(1), norm: z.number().positive() });

/** What `golden.json` holds of the reference: of each built-in image the first values and the length of each vector. */
const schema = z.object({
  reference: z.string(),
  input: z.object({ height: z.int(), width: z.int() }),
  cases: z
    .record(
      z.string(),
      z.object({
        cls: excerpt,
        patchMean: excerpt.optional(),
        patchTokens: z.record(z.string().regex(/^\d+$/), excerpt).optional(),
      }),
    )
    .refine((cases) => Object.keys(cases).length > 0, 'holds no case'),
});

export type Excerpt = z.output<typeof excerpt>;
export type GoldenFile = z.output<typeof schema>;

/** The golden values of a model's folder, or why there are none, as the end of a sentence. */
export async function readGoldenFile(folder: string): Promise<GoldenFile | string> {
  const text = await readFile(join(folder, 'golden.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return 'golden.json is missing; export the model again';
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return 'golden.json is not in the known form';
  }
}
