import { isIP } from 'node:net';

/** Reads single variables and gathers what is wrong with them, so that all faults are reported at once. */
export class EnvironmentReader {
  readonly faults: string[] = [];

  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  fault(name: string, message: string): void {
    this.faults.push(`${name}: ${message}`);
  }

  hasFault(name: string): boolean {
    return this.faults.some((fault) => fault.startsWith(`${name}: `));
  }

  /** An unset and an empty variable are the same: compose files and shells blur the two. */
  optional(name: string): string | undefined {
    const value = this.env[name];
    return value === undefined || value === '' ? undefined : value;
  }

  text(name: string, fallback: string | undefined, options: { secret?: boolean } = {}): string {
    const value = this.optional(name) ?? fallback;
    if (value === undefined)
      this.fault(name, options.secret === true ? 'is required (a secret)' : 'is required');
    return value ?? '';
  }

  integer(name: string, fallback: number, range: { min?: number; max?: number } = {}): number {
    const { min = 0, max = 2_147_483_647 } = range;
    const value = this.optional(name);
    if (value === undefined) return fallback;
    const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
    if (Number.isNaN(number) || number < min || number > max) {
      this.fault(name, `must be a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`);
    }
    return number;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.optional(name);
    if (value === undefined) return fallback;
    if (value !== 'true' && value !== 'false')
      this.fault(name, `must be true or false, not ${JSON.stringify(value)}`);
    return value === 'true';
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.optional(name);
    if (value === undefined) return fallback;
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined)
      this.fault(name, `must be one of ${allowed.join(', ')}, not ${JSON.stringify(value)}`);
    return found ?? fallback;
  }

  /** A comma list of roles; `all`, the default, is every one. */
  roles<T extends string>(name: string, all: readonly T[]): ReadonlySet<T> {
    const names = (this.optional(name) ?? 'all').split(',').map((part) => part.trim());
    if (names.length === 1 && names[0] === 'all') return new Set(all);
    const unknown = names.filter((part) => !all.some((role) => role === part));
    if (unknown.length > 0) {
      this.fault(
        name,
        `must be all, or a comma list of ${all.join(', ')}, not ${JSON.stringify(unknown.join(','))}`,
      );
    }
    return new Set(all.filter((role) => names.includes(role)));
  }

  url(name: string, protocols: readonly string[], options: { list?: boolean } = {}): string {
    const value = this.optional(name);
    if (value === undefined) {
      this.fault(name, 'is required');
      return '';
    }
    const parts = options.list === true ? value.split(',') : [value];
    // The value is not repeated: it may hold a password.
    if (!parts.every((part) => isUrl(part.trim(), protocols))) {
      const beginnings = protocols.map((protocol) => `${protocol}//`).join(' or ');
      this.fault(
        name,
        `must be a URL that begins with ${beginnings}; special characters in its user and password are written as %XX`,
      );
    }
    return value;
  }

  /** A comma list of web origins, written as browsers send them; empty where it is unset. */
  origins(name: string): readonly string[] {
    return this.list(name, isOrigin, 'origins such as https://shop.example, without a path or a usual port');
  }

  /** A comma list of addresses and networks; empty where it is unset. */
  networks(name: string): readonly string[] {
    return this.list(name, isNetwork, 'addresses and networks such as 10.0.0.7 or 10.0.0.0/8');
  }

  private list(name: string, isRight: (item: string) => boolean, what: string): readonly string[] {
    const value = this.optional(name);
    if (value === undefined) return [];
    const items = value.split(',').map((item) => item.trim());
    const wrong = items.find((item) => !isRight(item));
    if (wrong !== undefined)
      this.fault(name, `must be a comma list of ${what}; ${JSON.stringify(wrong)} is none`);
    return items;
  }

  optionalUrl(name: string, protocols: readonly string[]): string | undefined {
    return this.optional(name) === undefined ? undefined : this.url(name, protocols);
  }
}

function isUrl(value: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return protocols.includes(protocol) && isDecodable(username) && isDecodable(password);
}

/** Whoever connects decodes it, and would fail at a percent sign that stands for itself. */
function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** Only what is spelled as a browser spells it can ever be equal to an Origin header; no `*` stands for anything. */
function isOrigin(value: string): boolean {
  return !value.includes('*') && isUrl(value, ['http:', 'https:']) && new URL(value).origin === value;
}

/** A prefix of no bits would be everybody. */
function isNetwork(value: string): boolean {
  const [address = '', bits, ...more] = value.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || more.length > 0) return false;
  if (bits === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}
