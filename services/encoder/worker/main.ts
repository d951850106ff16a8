/** A worker process of the encoder: holds model sessions and runs batches, one at a time, on one thread. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { runWorker } = await import('./run-worker.ts');
runWorker();
