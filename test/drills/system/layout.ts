import { join } from 'node:path';
import { Link, type LinkKind } from './link.js';
import { Program, type ProgramExit, type ProgramOptions } from './program.js';
import { findWrongClock, type WrongClock } from './wrong-clock.js';

export const TOKEN_SECRET = 'a secret for the fault drills, 32 bytes and more';
export const METRICS_TOKEN = 'metrics-token-of-the-fault-drills';
/** Keeps all messages, so that a run can be examined. */
const OUTBOX_RETENTION_MS = 86_400_000;
/** Long enough to authenticate a payment, and short enough for some customers to come too late. */
export const PAYMENT_ACTION_TIMEOUT_MS = 4_000;
/** Few enough for faults of some seconds to use them up: dead letters and their commands are part of a run. */
const PAYMENT_MAX_ATTEMPTS = 3;

/**
 * About a tenth of production's, in the same proportions, so that a run stays short: the wait for the gateway's answers,
 * which many faults make an order wait for in vain, is a fifth.
 */
const PAYMENT_TIMES = {
  PAYMENT_TIMEOUT_MS: '3000',
  PAYMENT_SEARCH_DELAY_MS: '9000',
  RECONCILE_INTERVAL_MS: '6000',
  RECONCILE_GRACE_MS: '12000',
};
const SANDBOX_SEARCH_DELAY_MS = 6_000;

/** Twenty customers share the declines of ten thousand orders. */
const PAYMENT_DECLINES_PER_HOUR = 1_000_000;
/** At the end one operator reads some thousand orders at once, with all fields. */
const RATE_LIMIT_CUSTOMER_POINTS = 100_000_000;

const NAMES = ['api-1', 'api-2', 'relay-1', 'relay-2', 'worker-1', 'worker-2'] as const;
type Name = (typeof NAMES)[number];
type Role = 'api' | 'relay' | 'worker';

/** The addresses of everything, which never change. */
export interface Addresses {
  readonly postgres: string;
  readonly redis: string;
  readonly sandbox: string;
  readonly programs: Readonly<Record<Name, string>>;
}

export interface LayoutOptions {
  readonly root: string;
  readonly directory: string;
  readonly addresses: Addresses;
  readonly add: <P extends Link | Program>(part: P) => P;
  readonly onExit: (exit: ProgramExit) => void;
}

/** The processes, and the links between them. */
export class Layout {
  readonly links: Link[] = [];
  readonly clock: WrongClock = findWrongClock();

  constructor(private readonly options: LayoutOptions) {}

  static addresses(urls: Omit<Addresses, 'programs'>, ports: readonly number[]): Addresses {
    const entries = NAMES.map((name, index) => [name, `http://127.0.0.1:${ports[index] ?? 0}`]);
    return { ...urls, programs: Object.fromEntries(entries) as Record<Name, string> };
  }

  static readonly programCount = NAMES.length;

  /** The payment sandbox, whose webhooks reach both api processes in turn. */
  async sandbox(): Promise<Program> {
    const { addresses, directory } = this.options;
    const { 'api-1': first, 'api-2': second } = addresses.programs;
    const webhooks = await this.link('sandbox', 'api', 'webhook', [first, second]);
    return this.program({
      name: 'sandbox',
      role: 'sandbox',
      main: 'dist/dev/sandbox.js',
      url: addresses.sandbox,
      ready: /ready on (http:\S+)/,
      environment: {
        SANDBOX_PORT: new URL(addresses.sandbox).port,
        SANDBOX_DATA_DIR: join(directory, 'sandbox'),
        SANDBOX_WEBHOOK_URL: `${webhooks.url}/webhooks/stripe`,
        SANDBOX_SEARCH_DELAY_MS: String(SANDBOX_SEARCH_DELAY_MS),
      },
    });
  }

  /** The system's processes, each with its own links. */
  async processes(): Promise<Program[]> {
    return Promise.all(NAMES.map((name) => this.process(name)));
  }

  private async process(name: Name): Promise<Program> {
    const { addresses } = this.options;
    const role = roleOf(name);
    const url = addresses.programs[name];
    const postgres = await this.link(name, 'postgres', 'postgres', [addresses.postgres]);
    const redis = await this.link(name, 'redis', 'redis', [addresses.redis]);
    const gateway = await this.link(name, 'gateway', 'gateway', [addresses.sandbox]);
    if (role === 'api') await this.link('client', name, 'client', [url], name);
    return this.program({
      name,
      role,
      main: 'dist/main.js',
      url,
      ready: /"url":"(http:[^"]+)".*"msg":"ready"/,
      environment: {
        NODE_ENV: 'production',
        ROLE: role,
        HOST: '127.0.0.1',
        PORT: new URL(url).port,
        LOG_LEVEL: 'info',
        DATABASE_URL: postgres.url,
        REDIS_URL: redis.url,
        STRIPE_API_BASE: gateway.url,
        STRIPE_SECRET_KEY: 'sk_test_sandbox',
        STRIPE_WEBHOOK_SECRET: 'whsec_sandbox',
        AUTH_JWT_SECRET: TOKEN_SECRET,
        METRICS_TOKEN,
        OUTBOX_RETENTION_MS: String(OUTBOX_RETENTION_MS),
        PAYMENT_MAX_ATTEMPTS: String(PAYMENT_MAX_ATTEMPTS),
        PAYMENT_ACTION_TIMEOUT_MS: String(PAYMENT_ACTION_TIMEOUT_MS),
        ...PAYMENT_TIMES,
        PAYMENT_DECLINES_PER_HOUR: String(PAYMENT_DECLINES_PER_HOUR),
        RATE_LIMIT_CUSTOMER_POINTS: String(RATE_LIMIT_CUSTOMER_POINTS),
      },
    });
  }

  private async link(
    from: string,
    to: string,
    kind: LinkKind,
    targets: readonly [string, ...string[]],
    owner = from,
  ): Promise<Link> {
    const link = await Link.open({ name: `${from} → ${to}`, kind, owner, targets });
    this.links.push(this.options.add(link));
    return link;
  }

  private program(options: Omit<ProgramOptions, 'root' | 'logPath' | 'clock' | 'onExit'>): Program {
    const { root, directory, onExit, add } = this.options;
    const logPath = join(directory, 'logs', `${options.name}.log`);
    return add(new Program({ ...options, root, logPath, clock: this.clock, onExit }));
  }
}

function roleOf(name: Name): Role {
  switch (name) {
    case 'api-1':
    case 'api-2':
      return 'api';
    case 'relay-1':
    case 'relay-2':
      return 'relay';
    case 'worker-1':
    case 'worker-2':
      return 'worker';
  }
}
