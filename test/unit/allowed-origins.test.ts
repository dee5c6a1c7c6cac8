import { describe, expect, test } from '@jest/globals';
import { isAllowedOrigin } from '../../src/http/allowed-origins.js';

const SHOP = 'https://shop.example';
const PRODUCTION = { allowedOrigins: [SHOP, 'http://desk.example:8080'], allowLoopbackOrigins: false };
const DEVELOPMENT = { allowedOrigins: [], allowLoopbackOrigins: true };

describe('the Origin header', () => {
  test.each([SHOP, 'http://desk.example:8080', undefined])('%s is allowed', (origin) => {
    expect(isAllowedOrigin(origin, PRODUCTION)).toBe(true);
  });

  test.each([
    'https://elsewhere.example',
    'null',
    '',
    '*',
    'https://shop.example.evil.test',
    'https://evil-shop.example',
    'https://evil.shop.example',
    'https://shop.example@evil.test',
    'https://shop.example/',
    'https://shop.example.',
    'https://shop.example, https://evil.test',
    'HTTPS://SHOP.EXAMPLE',
    'https://Shop.example',
    'http://shop.example',
    'https://shop.example:8443',
    'https://shop.example:443',
    'http://desk.example',
    'http://desk.example:80800',
    'shop.example',
    'http://localhost:4000',
    'http://127.0.0.1:4000',
  ])('%s is not allowed', (origin) => {
    expect(isAllowedOrigin(origin, PRODUCTION)).toBe(false);
  });

  test.each(['http://localhost', 'http://localhost:3000', 'https://127.0.0.1:4000', 'http://[::1]:5173'])(
    '%s is allowed in development',
    (origin) => {
      expect(isAllowedOrigin(origin, DEVELOPMENT)).toBe(true);
    },
  );

  test.each([
    SHOP,
    'null',
    'http://localhost.evil.test',
    'http://localhost@evil.test',
    'http://evil.localhost',
    'http://127.0.0.1.evil.test',
    'http://127.1:4000',
    'http://0.0.0.0:4000',
    'http://192.168.0.7:4000',
    'http://[::2]',
    'HTTP://LOCALHOST:3000',
    'file://localhost',
    'chrome-extension://localhost',
  ])('%s is not allowed even in development', (origin) => {
    expect(isAllowedOrigin(origin, DEVELOPMENT)).toBe(false);
  });
});
