/** Reads single variables and gathers what is wrong with them, so that all faults are reported at once. */
export class EnvironmentReader {
  readonly faults: string[] = [];

  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  fault(name: string, message: string): void {
    this.faults.push(`${name}: ${message}`);
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
    const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
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
    if (!parts.every((part) => protocols.includes(protocolOf(part.trim())))) {
      this.fault(name, `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`);
    }
    return value;
  }

  optionalUrl(name: string, protocols: readonly string[]): string | undefined {
    return this.optional(name) === undefined ? undefined : this.url(name, protocols);
  }
}

function protocolOf(value: string): string {
  return URL.canParse(value) ? new URL(value).protocol : '';
}
