import { isIP } from 'node:net';
import { AppError } from '#src/domain/app-error.ts';
import { isAllowedHost, type AllowedHost } from './allowed-hosts.ts';

/** Longer than any signed address of a cloud store; what web servers commonly take at most. */
const maxUrlLength = 8192;

const refused = (detail: string): AppError => new AppError('url-not-allowed', detail);

/** `[::1]` is how a URL writes an IPv6 address; IPv4 in any notation (0x7f.1, 2130706433) is four numbers once it is parsed. */
const isAddress = (hostname: string): boolean => hostname.startsWith('[') || isIP(hostname) !== 0;

/**
 * Reads an address that a client gave or a server redirects to, and judges it before anything is looked up: https, no name or password
 * in it, a host name (not an IP address) and a port that the list has. The parsed URL is what is connected to, so no other reading of
 * the text matters. Throws AppError `malformed-request` or `url-not-allowed`, which never repeat it.
 */
export function checkAddress(text: string, list: readonly AllowedHost[], base?: URL): URL {
  if (text.length > maxUrlLength) {
    throw new AppError('malformed-request', `The address is longer than ${maxUrlLength} characters.`);
  }
  if (!URL.canParse(text, base?.href)) throw new AppError('malformed-request', 'The address is no URL.');
  const url = new URL(text, base?.href);
  if (url.protocol !== 'https:') throw refused('Only https addresses are fetched.');
  if (url.username !== '' || url.password !== '') {
    throw refused('An address with a user name or a password in it is not fetched.');
  }
  if (isAddress(url.hostname)) throw refused('An address needs a host name; IP addresses are not fetched.');
  if (!isAllowedHost(list, url)) {
    throw refused(
      'The host, or its port, is not on the allow-list of this service (TESSERA_URL_ALLOW_LIST).',
    );
  }
  url.hash = '';
  return url;
}
