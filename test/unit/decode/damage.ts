import fc from 'fast-check';

/** Ways a file comes to harm: cut anywhere, bits flipped, a run of bytes overwritten, a piece doubled or left out. */
export function damaged(file: Uint8Array): fc.Arbitrary<Uint8Array> {
  const position = fc.nat({ max: file.length - 1 });
  const cut = position.map((length) => file.slice(0, length));
  const flipped = fc
    .array(fc.tuple(position, fc.nat({ max: 7 })), { minLength: 1, maxLength: 8 })
    .map((flips) => {
      const copy = file.slice();
      for (const [at, bit] of flips) copy[at] = copy[at]! ^ (1 << bit);
      return copy;
    });
  const overwritten = fc
    .tuple(position, fc.uint8Array({ minLength: 1, maxLength: 16 }))
    .map(([at, bytes]) => {
      const copy = file.slice();
      copy.set(bytes.subarray(0, copy.length - at), at);
      return copy;
    });
  const spliced = fc
    .tuple(position, position)
    .map(([a, b]) => Uint8Array.from([...file.subarray(0, a), ...file.subarray(b)]));
  return fc.oneof(cut, flipped, overwritten, spliced);
}
