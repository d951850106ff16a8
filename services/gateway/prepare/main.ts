import { enableCodeCache } from '#src/isolation/enable-code-cache.ts';

/*
 * Entry of a prepare child: the only process in which native decoders meet hostile bytes. It holds no secret, no socket and
 * no other request; whatever happens to it, the parent replaces it.
 */
enableCodeCache();
const { servePrepare } = await import('./serve-prepare.ts');
servePrepare();
