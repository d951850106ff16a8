/** The embedded encoder: a KServe v2 gRPC server on ONNX Runtime. Settings: config.ts. */
import { enableCodeCache } from '#src/isolation/enable-code-cache.ts';

// Before anything else is compiled: it takes the start from some 500 ms to 250.
enableCodeCache();
const { runEncoder } = await import('./run-encoder.ts');
await runEncoder();
