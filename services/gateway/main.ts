import { enableCompileCache } from 'node:module';

// Before anything else is loaded: with the cache, later starts skip most of the parsing and type stripping.
enableCompileCache();
const { runGateway } = await import('./run-gateway.ts');
await runGateway();
