import { isIP } from 'node:net';

/** One entry of the allow-list: a host, or with `isWildcard` every name below it, at one port. */
export interface AllowedHost {
  /** Lower-case ASCII, as the URL standard writes host names (IDNA). */
  readonly host: string;
  readonly isWildcard: boolean;
  readonly port: number;
}

const httpsPort = 443;
/** `host`, `*.host`, each with an optional port; neither scheme nor path nor anything else that a URL may hold. */
const entryPattern = /^(\*\.)?([^\s*:/?#@\\[\]%]+)(?::(\d{1,5}))?$/;

/** The host name as a URL has it, or undefined when it is none, an IP address (in any notation), or a single label. */
function canonicalHost(text: string): string | undefined {
  if (!URL.canParse(`https://${text}`)) return undefined;
  const { hostname } = new URL(`https://${text}`);
  const isName = isIP(hostname) === 0 && hostname.includes('.') && !hostname.endsWith('.');
  return isName ? hostname : undefined;
}

/**
 * Reads an entry of the allow-list. Undefined when it is none: IP addresses and single labels (`localhost`, `*.org`) are not taken,
 * for they name what is inside, or far too much.
 */
export function parseAllowedHost(text: string): AllowedHost | undefined {
  const [, star, name = '', digits] = entryPattern.exec(text) ?? [];
  const host = canonicalHost(name);
  const port = digits === undefined ? httpsPort : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { host, isWildcard: star !== undefined, port };
}

/** Is the URL's host and port on the list? A wildcard covers every depth below its host, and not the host itself. */
export function isAllowedHost(list: readonly AllowedHost[], url: URL): boolean {
  const port = url.port === '' ? httpsPort : Number(url.port);
  return list.some((allowed) => {
    if (allowed.port !== port) return false;
    return allowed.isWildcard
      ? url.hostname.endsWith(`.${allowed.host}`) && url.hostname.length > allowed.host.length + 1
      : url.hostname === allowed.host;
  });
}
