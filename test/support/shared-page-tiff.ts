/** A little-endian TIFF file of many pages that all share one array of places and one of lengths. */
export interface SharedPages {
  readonly pages: number;
  readonly rows: number;
  readonly columns: number;
  /** Rows of a strip, or the sides of a square tile. */
  readonly blockSide: { readonly rowsPerStrip: number } | { readonly tile: number };
  /** Where every block lies: a place in `pixels`, and how long it is. */
  readonly blocks: readonly { readonly at: number; readonly length: number }[];
  readonly pixels: Uint8Array;
}

/** Gray, 8 bits, uncompressed; all entries are LONG. */
export function writeSharedPages(file: SharedPages): Uint8Array<ArrayBuffer> {
  const { pages, rows, columns, blockSide, blocks, pixels } = file;
  const isTiled = 'tile' in blockSide;
  const pixelsAt = 8;
  const offsetsAt = pixelsAt + pixels.length;
  const countsAt = offsetsAt + 4 * blocks.length;
  const firstPageAt = countsAt + 4 * blocks.length;
  // One block needs no array: its place stands in the entry.
  const placeOf = (arrayAt: number, value: number): number => (blocks.length === 1 ? value : arrayAt);
  const offsets = placeOf(offsetsAt, pixelsAt + blocks[0]!.at);
  const counts = placeOf(countsAt, blocks[0]!.length);
  const entries: (readonly [tag: number, count: number, value: number])[] = [
    [256, 1, columns],
    [257, 1, rows],
    [258, 1, 8],
    [262, 1, 1],
    ...(isTiled
      ? ([
          [322, 1, blockSide.tile],
          [323, 1, blockSide.tile],
          [324, blocks.length, offsets],
          [325, blocks.length, counts],
        ] as const)
      : ([
          [273, blocks.length, offsets],
          [278, 1, blockSide.rowsPerStrip],
          [279, blocks.length, counts],
        ] as const)),
  ];
  const pageBytes = 2 + 12 * entries.length + 4;
  const bytes = new Uint8Array(firstPageAt + pages * pageBytes);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, firstPageAt, true);
  bytes.set(pixels, pixelsAt);
  blocks.forEach(({ at, length }, index) => {
    view.setUint32(offsetsAt + 4 * index, pixelsAt + at, true);
    view.setUint32(countsAt + 4 * index, length, true);
  });
  for (let page = 0; page < pages; page += 1) {
    const start = firstPageAt + page * pageBytes;
    view.setUint16(start, entries.length, true);
    entries.forEach(([tag, count, value], index) => {
      const at = start + 2 + 12 * index;
      view.setUint16(at, tag, true);
      view.setUint16(at + 2, 4, true);
      view.setUint32(at + 4, count, true);
      view.setUint32(at + 8, value, true);
    });
    view.setUint32(start + pageBytes - 4, page === pages - 1 ? 0 : start + pageBytes, true);
  }
  return bytes;
}
