import { type Context, Fault, type Section, type Values, type Variable, type Variables } from './variable.js';

/** Reads sections of variables, and collects all faults so that they are reported together. */
export class EnvironmentReader {
  /** @param faults gets one line for each, as "NAME: what is wrong" */
  constructor(
    private readonly env: Readonly<Record<string, string | undefined>>,
    readonly context: Context,
    readonly faults: string[] = [],
  ) {}

  /** The values of a section. A missing or invalid one is recorded as a fault and replaced by its default. */
  read<V extends Variables>({ variables }: Section<V>): Values<V> {
    const entries = Object.entries(variables).map(([key, variable]) => [key, this.value(variable)]);
    return Object.fromEntries(entries) as Values<V>;
  }

  /** The unparsed value. Empty counts as unset: compose files and shells blur the two. */
  text(name: string): string | undefined {
    const value = this.env[name];
    return value === '' ? undefined : value;
  }

  fault(name: string, message: string): void {
    this.faults.push(`${name}: ${message}`);
  }

  hasFault(name: string): boolean {
    return this.faults.some((fault) => fault.startsWith(`${name}: `));
  }

  private value<T>({ name, parse, defaultIn, required, isSecret = false }: Variable<T>): T {
    const text = this.text(name);
    if (text === undefined) {
      if (required?.(this.context) === true)
        this.fault(name, isSecret ? 'is required (a secret)' : 'is required');
      return defaultIn(this.context.production);
    }
    const value = parse(text);
    if (!(value instanceof Fault)) return value;
    this.fault(name, value.message);
    return defaultIn(this.context.production);
  }
}
