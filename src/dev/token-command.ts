import { parseArgs } from 'node:util';
import { developmentSecret } from '../auth/development-secret.js';
import { parseDuration, signToken } from './tokens.js';

/** `npm run token -- --sub alice [--role operator] [--expires 1h]`: prints a token for development. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sub: { type: 'string' },
      role: { type: 'string', multiple: true, default: [] },
      expires: { type: 'string', default: '1h' },
    },
  });
  if (values.sub === undefined) throw new Error('--sub is required: the customer to speak for');
  const { AUTH_JWT_SECRET: secret = '', AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = process.env;
  const token = await signToken(secret === '' ? developmentSecret() : secret, {
    sub: values.sub,
    roles: values.role,
    lifetimeSeconds: parseDuration(values.expires),
    issuer,
    audience,
  });
  process.stdout.write(`${token}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
