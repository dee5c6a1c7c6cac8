import { describe, expect, test } from '@jest/globals';
import { isAllowedHost } from '../../src/http/allowed-hosts.js';

const HTTP = { host: '127.0.0.1', allowedOrigins: ['https://shop.example', 'http://[fd00::7]:3000'] };

describe('outside production, a Host header', () => {
  test.each([
    'localhost',
    'localhost:4000',
    'LocalHost:4000',
    'localhost.:4000',
    '127.0.0.1',
    '127.0.0.1:4000',
    '127.0.0.2:80',
    '[::1]',
    '[::1]:4000',
    'shop.example',
    'shop.example:4000',
    'SHOP.example.',
    '[fd00::7]:4000',
  ])('%s is allowed', (header) => {
    expect(isAllowedHost(header, HTTP)).toBe(true);
  });

  test.each([
    undefined,
    '',
    ':4000',
    'evil.example',
    'evil.example:4000',
    'localhost.evil.example',
    'evil.localhost',
    'localhost..',
    '127.0.0.1.evil.example',
    '127.0.0.1:4000.evil.example',
    'evil.example#localhost',
    'evil.example/localhost',
    'localhost@evil.example',
    'evil.example@localhost',
    'localhost,evil.example',
    'localhost evil.example',
    ' localhost',
    '::1',
    '[::2]:4000',
    '[::1].evil.example',
    '[::1',
    '192.168.0.7:4000',
    '0.0.0.0:4000',
    'www.shop.example',
    'shop.example.evil.example',
    'localhost:999999',
    'localhost:http',
  ])('%s is not allowed', (header) => {
    expect(isAllowedHost(header, HTTP)).toBe(false);
  });

  test.each([
    ['devbox.lan', 'devbox.lan:4000'],
    ['DevBox.lan', 'devbox.lan:4000'],
    ['192.168.0.7', '192.168.0.7:4000'],
    ['fd00::1', '[fd00::1]:4000'],
  ])('that names HOST is allowed: HOST=%s, %s', (host, header) => {
    expect(isAllowedHost(header, { host, allowedOrigins: [] })).toBe(true);
    expect(isAllowedHost(header, HTTP)).toBe(false);
  });
});
