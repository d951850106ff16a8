import { enableCodeCache } from '#src/isolation/enable-code-cache.ts';

// Before anything else is loaded: with the cache, later starts skip most of the parsing and type stripping.
enableCodeCache();
const { runGateway } = await import('./run-gateway.ts');
await runGateway();
