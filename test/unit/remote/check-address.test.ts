import { describe, expect, test } from 'vitest';
import { AppError } from '#src/domain/app-error.ts';
import { parseAllowedHost } from '#src/remote/allowed-hosts.ts';
import { checkAddress } from '#src/remote/check-address.ts';

// So lax that only the rule under test can refuse.
const list = ['*.example.org', 'images.example.org', 'images.example.org:8443', 'images.example.org:80'].map(
  (entry) => parseAllowedHost(entry)!,
);

function refusal(text: string): string {
  try {
    return checkAddress(text, list).href;
  } catch (thrown) {
    const { code, detail } = AppError.from(thrown);
    expect(detail).not.toContain('s3cret');
    return code;
  }
}

describe('an address', () => {
  test.each([
    ['https://images.example.org/a?b=c#d', 'https://images.example.org/a?b=c'],
    ['hTTps:images.example.org/a', 'https://images.example.org/a'],
    ['https://images.example.org\\a', 'https://images.example.org/a'],
    ['https://images.example.org:8443/', 'https://images.example.org:8443/'],
    ['https://images.example.org/a/../../b', 'https://images.example.org/b'],
    ['https://images.example.org/a\r\nX-Evil: 1', 'https://images.example.org/aX-Evil:%201'],
  ])('%j is read as the URL standard reads it', (text, href) => {
    expect(refusal(text)).toBe(href);
  });

  test.each([
    ['http', 'http://images.example.org:80/'],
    ['another scheme', 'ftp://images.example.org/'],
    ['a user', 'https://s3cret@images.example.org/'],
    ['a password', 'https://:s3cret@images.example.org/'],
    ['a user that looks like the host', 'https://images.example.org@evil.test/'],
    ['a host that is not on the list', 'https://evil.test/s3cret'],
    ['a port that is not on the list', 'https://images.example.org:22/'],
    ['a trailing dot', 'https://images.example.org./'],
    ['a look-alike', 'https://imagеs.example.org.evil.test/'],
    ['an IPv4 address', 'https://8.8.8.8/'],
    ['a hexadecimal one', 'https://0x7f000001/'],
    ['an octal one', 'https://0177.0.0.1/'],
    ['one number', 'https://2130706433/'],
    ['a short one', 'https://127.1/'],
    ['a full-width one', 'https://１２７.０.０.１/'],
    ['an IPv6 address', 'https://[::1]/'],
    ['a mapped one', 'https://[::ffff:127.0.0.1]/'],
  ])('with %s is refused', (_, text) => {
    expect(refusal(text)).toBe('url-not-allowed');
  });

  test.each([
    ['no host', 'https://'],
    ['a port out of range', 'https://images.example.org:65536/'],
    ['a space in its host', 'https://images example.org/'],
    ['a zero in its host', 'https://images.example.org\0/'],
    ['more than 8,192 characters', `https://images.example.org/${'a'.repeat(8_192)}`],
  ])('with %s is malformed', (_, text) => {
    expect(refusal(text)).toBe('malformed-request');
  });
});

test('an IP address is refused even when a list had it', () => {
  for (const host of ['127.0.0.1', '[::1]']) {
    const loose = [{ host, isWildcard: false, port: 443 }];
    expect(() => checkAddress(`https://${host}/`, loose)).toThrow('IP addresses are not fetched');
  }
});
