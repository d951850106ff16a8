import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './snippets.ts';

/** A command that writes `map.png`, and what the document shows of it. */
export interface CommandWithPicture {
  readonly command: string;
  /** The committed picture that follows it, from the repository's root. */
  readonly picture: string;
  /** What the command prints, where the document shows that. */
  readonly printed: string | undefined;
}

/** All `tessera map` commands of a document in bash blocks, in order. Throws when one is not followed by a picture. */
export function commandsWithPictures(document: string): readonly CommandWithPicture[] {
  const text = readFileSync(join(root, document), 'utf8');
  const blocks = [
    ...text.matchAll(/^```bash\n(npx tessera map [\s\S]*?)^```$(?:\s*^```text\n([\s\S]*?)^```$)?/gm),
  ];
  return blocks.map((block) => {
    const after = text.slice(block.index + block[0].length);
    const image = /^\s*!\[[^\]]+\]\(([^)]+\.png)\)/.exec(after);
    if (image === null) throw new Error(`${document}: no picture follows ${block[1]!}`);
    return {
      command: block[1]!.trimEnd(),
      picture: join(dirname(document), image[1]!),
      printed: block[2]?.trimEnd(),
    };
  });
}
