/** A worker process of the encoder: holds model sessions and runs batches, one at a time, on one thread. */
import { enableCodeCache } from '#src/isolation/enable-code-cache.ts';

enableCodeCache();
const { runWorker } = await import('./run-worker.ts');
runWorker();
