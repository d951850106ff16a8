import sharp from 'sharp';

// Settings of libvips belong to the process: one thread (the pool is the parallelism), nothing kept between images, and
// no loader but the three that are meant, whatever a file pretends to be.
sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadPngBuffer', 'VipsForeignLoadJpegBuffer', 'VipsForeignLoadWebpBuffer'],
});

/** libvips, configured. Only what runs in the decoding child imports this. */
export { sharp };
