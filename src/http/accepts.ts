import { AppError } from '#src/domain/app-error.ts';

interface AcceptRange {
  readonly type: string;
  readonly quality: number;
}

/**
 * RFC 9110 12.5.1: media ranges with their weights; a malformed weight counts as 1. Other parameters are not compared: no operation
 * has two forms of one type. `*` alone is how an old Java client writes any type.
 */
function parseAccept(header: string): readonly AcceptRange[] {
  return header.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    return {
      type: type === '*' ? '*/*' : type,
      quality: Number.isFinite(quality) ? Math.min(quality, 1) : 1,
    };
  });
}

function qualityOf(ranges: readonly AcceptRange[], mediaType: string): number {
  const wildcard = `${mediaType.split('/')[0] ?? ''}/*`;
  const match = [mediaType, wildcard, '*/*'].flatMap((type) =>
    ranges.filter((range) => range.type === type),
  )[0];
  return match?.quality ?? 0;
}

/**
 * The media type of `offered` that the client likes best (the earlier one on a tie).
 * Throws `not-acceptable` when it likes none; no Accept header means anything goes.
 */
export function negotiate<Type extends string>(
  accept: string | undefined,
  offered: readonly [Type, ...Type[]],
): Type {
  if (accept === undefined || accept.trim() === '') return offered[0];
  const ranges = parseAccept(accept);
  const ranked = offered
    .map((type) => ({ type, quality: qualityOf(ranges, type) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  const best = ranked[0];
  if (best === undefined)
    throw new AppError('not-acceptable', `This operation answers with ${offered.join(', ')}.`);
  return best.type;
}
