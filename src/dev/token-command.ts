import { parseArgs } from 'node:util';
import { authSettings } from '../config/auth.js';
import { developmentSecret } from '../auth/development-secret.js';
import { EnvironmentReader } from '../config/variables/environment-reader.js';
import { parseDuration } from '../platform/duration.js';
import { signToken } from './tokens.js';

/** `npm run token -- --sub alice [--role operator] [--expires 1h]`: prints a token for development. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sub: { type: 'string' },
      role: { type: 'string', multiple: true, default: [] },
      expires: { type: 'string', default: '1h' },
    },
  });
  if (values.sub === undefined) throw new Error('--sub is required: the id of the customer');
  const reader = new EnvironmentReader(process.env, { production: false, roles: new Set() });
  const { key, issuer, audience, maxTokenAgeMs } = authSettings(reader);
  if (reader.faults.length > 0) throw new Error(reader.faults.join('\n'));
  if (key.kind === 'key-set')
    throw new Error(
      'AUTH_JWKS_URL: only the owner of the key set can sign tokens; unset it to sign tokens here',
    );
  const lifetimeSeconds = parseDuration(values.expires);
  if (lifetimeSeconds * 1_000 > maxTokenAgeMs)
    throw new Error(
      `--expires ${values.expires} is longer than AUTH_MAX_TOKEN_AGE_MS allows (${maxTokenAgeMs} ms)`,
    );
  const token = await signToken(key.kind === 'secret' ? key.secret : developmentSecret(), {
    sub: values.sub,
    roles: values.role,
    lifetimeSeconds,
    issuer,
    audience,
  });
  process.stdout.write(`${token}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
