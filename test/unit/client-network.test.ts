import { describe, expect, test } from '@jest/globals';
import { networkOf } from '../../src/http/client-address.js';

describe('the network that an address is counted for', () => {
  test.each<[string, string]>([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '::ffff:203.0.113.9'],
    ['2001:db8:0:7::1', '2001:db8:0:7'],
    ['2001:DB8::7:0:0:0:2', '2001:db8:0:7'],
    ['2001:0db8:0000:0007:ffff:ffff:ffff:ffff', '2001:db8:0:7'],
    ['2001:db8:0:8::1', '2001:db8:0:8'],
    ['::1', '0:0:0:0'],
    ['', ''],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
