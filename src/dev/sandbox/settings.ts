import { DEFAULT_DATA_DIRECTORY } from './data-directory.js';
import type { SandboxOptions } from './server.js';

/**
 * Reads the `SANDBOX_…` environment variables.
 *
 * @returns the options, or one line for each variable that is wrong
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): {
  readonly options: SandboxOptions;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const text = (name: string, fallback: string): string => {
    const value = environment[name] ?? fallback;
    if (value === '') problems.push(`${name} must not be empty`);
    return value;
  };
  const number = (name: string, fallback: number, maximum: number): number => {
    const value = environment[name];
    if (value === undefined) return fallback;
    if (/^\d{1,15}$/.test(value) && Number(value) <= maximum) return Number(value);
    problems.push(`${name} must be a whole number from 0 to ${maximum}, got "${value}"`);
    return fallback;
  };
  const secretKey = text('SANDBOX_SECRET_KEY', 'sk_test_sandbox');
  if (!/^sk_test_\w+$/.test(secretKey)) {
    problems.push('SANDBOX_SECRET_KEY must start with sk_test_ and go on with letters and digits');
  }
  const options = {
    port: number('SANDBOX_PORT', 4010, 65_535),
    host: text('SANDBOX_HOST', '127.0.0.1'),
    dataDirectory: text('SANDBOX_DATA_DIR', DEFAULT_DATA_DIRECTORY),
    secretKey,
    webhookUrl: readWebhookUrl(environment['SANDBOX_WEBHOOK_URL'], problems),
    webhookSecret: text('SANDBOX_WEBHOOK_SECRET', 'whsec_sandbox'),
    webhookChaos: readProbability(environment['SANDBOX_WEBHOOK_CHAOS'], problems),
    latencyMs: number('SANDBOX_LATENCY_MS', 0, 600_000),
    idempotencyTtlMs: number('SANDBOX_IDEMPOTENCY_TTL_MS', 86_400_000, Number.MAX_SAFE_INTEGER),
  };
  return { options, problems };
}

function readWebhookUrl(value: string | undefined, problems: string[]): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (URL.canParse(value) && new URL(value).protocol === 'http:') return value;
  problems.push(`SANDBOX_WEBHOOK_URL must be an http:// address, got "${value}"`);
  return undefined;
}

function readProbability(value: string | undefined, problems: string[]): number {
  if (value === undefined) return 0.05;
  const probability = Number(value);
  if (value.trim() !== '' && probability >= 0 && probability <= 1) return probability;
  problems.push(`SANDBOX_WEBHOOK_CHAOS must be a number from 0 to 1, got "${value}"`);
  return 0;
}
