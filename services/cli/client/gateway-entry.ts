import { fileURLToPath } from 'node:url';

/** The gateway's main module. Services do not import each other: it is run as a process. */
export const gatewayEntry = fileURLToPath(new URL('../../gateway/main.ts', import.meta.url));
