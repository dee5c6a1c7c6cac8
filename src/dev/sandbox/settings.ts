export interface SandboxSettings {
  /** the directory of the journal; created if it is missing */
  readonly dataDirectory: string;
  /** 0 for a free one */
  readonly port: number;
  readonly host: string;
  /** the address by which browsers reach the sandbox, without a path; by default the one it listens on */
  readonly publicUrl: string | undefined;
  readonly secretKey: string;
  /** by default no events are sent */
  readonly webhookUrl: string | undefined;
  readonly webhookSecret: string;
  /** 0..1: the probability that an event is sent twice, and that it is sent late */
  readonly webhookChaos: number;
  /** the delay before an event's second attempt, doubled for each further one */
  readonly webhookRetryMs: number;
  /** added to each response */
  readonly latencyMs: number;
  readonly idempotencyTtlMs: number;
  /** how long searches do not find an intent after its creation, and after each change of its metadata */
  readonly searchDelayMs: number;
  /** a journal below this size is never compacted */
  readonly compactBytes: number;
  /** returns numbers from 0 (inclusive) to 1 (exclusive) */
  readonly random: () => number;
  readonly log: (line: string) => void;
}

export const DEFAULTS: SandboxSettings = {
  dataDirectory: '.data/sandbox',
  port: 4010,
  host: '127.0.0.1',
  publicUrl: undefined,
  secretKey: 'sk_test_sandbox',
  webhookUrl: undefined,
  webhookSecret: 'whsec_sandbox',
  webhookChaos: 0.05,
  webhookRetryMs: 200,
  latencyMs: 0,
  idempotencyTtlMs: 86_400_000,
  // Stripe: "Under normal operating conditions, data is searchable in less than a minute."
  searchDelayMs: 60_000,
  compactBytes: 64 << 20,
  random: Math.random,
  log: (line) => process.stderr.write(`${line}\n`),
};

/**
 * Reads the `SANDBOX_…` environment variables.
 *
 * @returns the settings, and one line per invalid variable
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): {
  readonly options: SandboxSettings;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const text = (name: string, fallback: string): string => {
    const value = environment[name] ?? fallback;
    if (value === '') problems.push(`${name} must not be empty`);
    return value;
  };
  const number = (name: string, fallback: number, maximum: number, kind = 'whole number'): number => {
    const value = environment[name];
    if (value === undefined) return fallback;
    const isOne = kind === 'whole number' ? /^\d{1,15}$/.test(value) : value.trim() !== '';
    if (isOne && Number(value) >= 0 && Number(value) <= maximum) return Number(value);
    problems.push(`${name} must be a ${kind} from 0 to ${maximum}, got "${value}"`);
    return fallback;
  };
  const options = {
    ...DEFAULTS,
    port: number('SANDBOX_PORT', DEFAULTS.port, 65_535),
    host: text('SANDBOX_HOST', DEFAULTS.host),
    publicUrl: environment['SANDBOX_PUBLIC_URL']?.replace(/\/$/, '') || undefined,
    dataDirectory: text('SANDBOX_DATA_DIR', DEFAULTS.dataDirectory),
    secretKey: text('SANDBOX_SECRET_KEY', DEFAULTS.secretKey),
    webhookUrl: environment['SANDBOX_WEBHOOK_URL'] || undefined,
    webhookSecret: text('SANDBOX_WEBHOOK_SECRET', DEFAULTS.webhookSecret),
    webhookChaos: number('SANDBOX_WEBHOOK_CHAOS', DEFAULTS.webhookChaos, 1, 'number'),
    latencyMs: number('SANDBOX_LATENCY_MS', DEFAULTS.latencyMs, 600_000),
    idempotencyTtlMs: number(
      'SANDBOX_IDEMPOTENCY_TTL_MS',
      DEFAULTS.idempotencyTtlMs,
      Number.MAX_SAFE_INTEGER,
    ),
    searchDelayMs: number('SANDBOX_SEARCH_DELAY_MS', DEFAULTS.searchDelayMs, Number.MAX_SAFE_INTEGER),
  };
  if (!/^sk_test_\w+$/.test(options.secretKey)) {
    problems.push('SANDBOX_SECRET_KEY must be sk_test_ followed by letters and digits');
  }
  if (options.webhookUrl !== undefined && !isHttpUrl(options.webhookUrl)) {
    problems.push(`SANDBOX_WEBHOOK_URL must be an http:// URL, got "${options.webhookUrl}"`);
  }
  if (options.publicUrl !== undefined && !isOrigin(options.publicUrl)) {
    problems.push(
      `SANDBOX_PUBLIC_URL must be an http:// or https:// URL without a path, got "${options.publicUrl}"`,
    );
  }
  return { options, problems };
}

/** Whether the text is exactly scheme, host and port. */
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'http:';
}
