import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '#src/remote/is-public-address.ts';

/** First and last address of every range that must not be reached, with the register or RFC that sets it aside. */
const forbidden: readonly (readonly [string, ...string[]])[] = [
  ['this network, RFC 791', '0.0.0.0', '0.255.255.255'],
  [
    'private, RFC 1918',
    '10.0.0.0',
    '10.255.255.255',
    '172.16.0.0',
    '172.31.255.255',
    '192.168.0.0',
    '192.168.255.255',
  ],
  [
    'shared by carriers (one cloud’s metadata too), RFC 6598',
    '100.64.0.0',
    '100.127.255.255',
    '100.100.100.200',
  ],
  ['loopback, RFC 1122', '127.0.0.0', '127.0.0.1', '127.255.255.255'],
  ['link-local (metadata of clouds), RFC 3927', '169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['protocol assignments, RFC 6890', '192.0.0.0', '192.0.0.192', '192.0.0.255'],
  ['documentation, RFC 5737', '192.0.2.0', '198.51.100.255', '203.0.113.7'],
  ['6to4 relays, RFC 7526', '192.88.99.1'],
  ['benchmarking, RFC 2544', '198.18.0.0', '198.19.255.255'],
  ['multicast, RFC 5771', '224.0.0.0', '239.255.255.255'],
  ['reserved and broadcast, RFC 1112', '240.0.0.0', '255.255.255.255'],
  ['a cloud’s own host under a public number', '168.63.129.16'],
  ['unspecified and loopback, RFC 4291', '::', '::1'],
  [
    'IPv4 inside IPv6, RFC 4291',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '::8.8.8.8',
    '::ffff:0:8.8.8.8',
  ],
  ['NAT64, RFC 6052 and 8215', '64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::a00:1'],
  ['6to4, RFC 3056', '2002:7f00:1::', '2002:808:808::1'],
  ['Teredo and protocol assignments, RFC 2928 and 4380', '2001::1', '2001:1::1', '2001:2::1', '2001:20::1'],
  ['documentation, RFC 3849 and 9637', '2001:db8::1', '3fff::1'],
  ['unique local (one cloud’s metadata too), RFC 4193', 'fc00::1', 'fd00:ec2::254', 'fdff::1'],
  ['link-local, also with a zone, RFC 4291', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
  ['site-local, RFC 3879', 'fec0::1'],
  ['multicast, RFC 4291', 'ff02::1', 'ff0e::1'],
  ['discard and segment routing, RFC 6666 and 9602', '100::1', '5f00::1'],
  ['outside of what is given out', '4000::1', '8000::1', 'e000::1', '1::1'],
  [
    'no address',
    '',
    'localhost',
    'example.org',
    '1.2.3',
    '0x7f.1',
    '2130706433',
    '8.8.8',
    '0x8.8.8.8',
    '1.2.3.4.5',
    '1.2.3.4/8',
    '[::1]',
    ':::',
  ],
];

describe('nothing but plain public addresses is reached', () => {
  test.each(forbidden)('%s', (_, ...addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });

  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '93.184.216.34',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '168.63.129.15',
    '223.255.255.255',
    '2606:4700::1111',
    '2001:4860:4860::8888',
    '2a00:1450::1',
  ])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test('an IPv4 address is never public in its mapped form', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isPublicAddress(`::ffff:${address}`)).toBe(false);
      }),
    );
  });
});
