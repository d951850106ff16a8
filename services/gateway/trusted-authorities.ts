import { getCACertificates } from 'node:tls';

/** PEM certificates of those who may vouch for a server: Node's own, those of NODE_EXTRA_CA_CERTS, and those that the operator gave to the system. */
export const trustedAuthorities = (): readonly string[] => [
  ...new Set([...getCACertificates('default'), ...getCACertificates('system')]),
];
