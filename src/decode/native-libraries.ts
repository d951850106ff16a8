import jpegTurbo from '@julusian/jpeg-turbo';
import sharp from 'sharp';

// Settings of libvips are of the process: one thread (the pool is the parallelism), nothing kept between images, and
// no loader but the two that are meant, whatever a file pretends to be.
sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadPngBuffer', 'VipsForeignLoadJpegBuffer'] });

/** The native decoders, configured. Only files of this folder that run in the decoding child import this. */
export { jpegTurbo, sharp };
