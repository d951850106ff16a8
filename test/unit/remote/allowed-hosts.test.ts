import { describe, expect, test } from 'vitest';
import { isAllowedHost, parseAllowedHost } from '#src/remote/allowed-hosts.ts';

describe('an entry of the allow-list', () => {
  test.each([
    ['images.example.org', { host: 'images.example.org', isWildcard: false, port: 443 }],
    ['IMAGES.Example.org:8443', { host: 'images.example.org', isWildcard: false, port: 8443 }],
    ['*.example.org', { host: 'example.org', isWildcard: true, port: 443 }],
    ['*.example.org:65535', { host: 'example.org', isWildcard: true, port: 65_535 }],
    ['bücher.example', { host: 'xn--bcher-kva.example', isWildcard: false, port: 443 }],
  ])('%s', (text, expected) => {
    expect(parseAllowedHost(text)).toEqual(expected);
  });

  test.each([
    '',
    '*',
    '*.',
    '*.org',
    '*.*.example.org',
    'a.*.example.org',
    'localhost',
    'example.org.',
    'example.org:0',
    'example.org:65536',
    'example.org:',
    'https://example.org',
    'example.org/path',
    'user@example.org',
    'example.org?x',
    'example.org#x',
    'example.org\\x',
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    '10.1',
    '[::1]',
    '::1',
    '*.0.0.1',
    'exa mple.org',
    'exa%6dple.org',
  ])('%j is none', (text) => {
    expect(parseAllowedHost(text)).toBeUndefined();
  });
});

describe('the list', () => {
  const list = ['images.example.org', '*.cdn.example.net', 'ports.example.org:8443'].map((text) =>
    parseAllowedHost(text)!,
  );
  test.each([
    ['https://images.example.org/a', true],
    ['https://images.example.org:443/a', true],
    ['https://IMAGES.EXAMPLE.ORG/a', true],
    ['https://ports.example.org:8443/', true],
    ['https://a.cdn.example.net/', true],
    ['https://a.b.cdn.example.net/', true],
    ['https://cdn.example.net/', false],
    ['https://.cdn.example.net/', false],
    ['https://evilcdn.example.net/', false],
    ['https://a.cdn.example.net.evil.test/', false],
    ['https://images.example.org:8443/', false],
    ['https://images.example.org:80/', false],
    ['https://ports.example.org/', false],
    ['https://images.example.org./', false],
    ['https://a.cdn.example.net./', false],
    ['https://sub.images.example.org/', false],
    ['https://images.example.org.evil.test/', false],
    ['https://evil.test/images.example.org', false],
    ['https://evil.test?images.example.org', false],
    ['https://images.example.org@evil.test/', false],
    // WHATWG: a backslash is a slash, so the host ends before it.
    ['https://evil.test\\@images.example.org/', false],
    // A Cyrillic е looks like a Latin one and is another letter.
    ['https://imagеs.example.org/', false],
  ])('%s: %s', (url, isAllowed) => {
    expect(isAllowedHost(list, new URL(url))).toBe(isAllowed);
  });

  test('that is empty allows nothing', () => {
    expect(isAllowedHost([], new URL('https://images.example.org/'))).toBe(false);
  });
});
