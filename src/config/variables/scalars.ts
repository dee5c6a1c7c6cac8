import { isUrl } from './formats.js';
import { type Context, type Documentation, Fault, type Variable } from './variable.js';

/** A value, or a function where production has another one. */
type Default<T> = T | ((production: boolean) => T);

interface Options<T> extends Documentation {
  readonly default: Default<T>;
}

interface Requirement {
  readonly required?: (context: Context) => boolean;
}

function defaultIn<T extends string | number | boolean | undefined>(
  value: Default<T>,
): (production: boolean) => T {
  return typeof value === 'function' ? value : () => value;
}

/** PostgreSQL's integer, and the longest delay of setTimeout(). */
const MAX_INTEGER = 2_147_483_647;

/** A whole number within inclusive bounds. */
export function integer<T extends number | undefined = number>(
  name: string,
  options: Options<T> & { readonly unit: string; readonly min: number; readonly max?: number },
): Variable<T | number> {
  const { min, max = MAX_INTEGER } = options;
  return {
    ...options,
    name,
    defaultIn: defaultIn(options.default),
    parse: (value) => {
      const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= min && number <= max) return number;
      return new Fault(`must be a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`);
    },
  };
}

export function flag(name: string, options: Options<boolean>): Variable<boolean> {
  return {
    ...options,
    name,
    allowed: '`true` or `false`',
    defaultIn: defaultIn(options.default),
    parse: (value) =>
      value === 'true' || value === 'false'
        ? value === 'true'
        : new Fault(`must be true or false, not ${JSON.stringify(value)}`),
  };
}

export function oneOf<T extends string>(
  name: string,
  options: Options<NoInfer<T>> & { readonly values: readonly T[] },
): Variable<T> {
  const { values } = options;
  return {
    ...options,
    name,
    allowed: `one of ${values.map((value) => `\`${value}\``).join(', ')}`,
    defaultIn: defaultIn<T>(options.default),
    parse: (value) =>
      values.find((each) => each === value) ??
      new Fault(`must be one of ${values.join(', ')}, not ${JSON.stringify(value)}`),
  };
}

export function text(name: string, options: Options<string>): Variable<string> {
  return { ...options, name, defaultIn: defaultIn(options.default), parse: (value) => value };
}

export function optionalText(name: string, documentation: Documentation): Variable<string | undefined> {
  return { ...documentation, name, defaultIn: () => undefined, parse: (value) => value };
}

/** A secret's value appears in no error, and production refuses a weak one. */
export function secret<T extends string | undefined = string>(
  name: string,
  options: Options<T> & Requirement & { readonly minBytes?: number },
): Variable<T | string> {
  const { minBytes = 0 } = options;
  return {
    ...options,
    name,
    isSecret: true,
    ...(minBytes === 0 ? {} : { allowed: `${minBytes} bytes or more` }),
    defaultIn: defaultIn(options.default),
    parse: (value) =>
      Buffer.byteLength(value) < minBytes ? new Fault(`must be at least ${minBytes} bytes long`) : value,
  };
}

interface UrlOptions<T> extends Options<T>, Requirement {
  /** Such as `https:`. */
  readonly protocols: readonly string[];
  readonly isList?: boolean;
}

/** A URL, or a comma-separated list of URLs that stays one string. */
export function url<T extends string | undefined = string>(
  name: string,
  options: UrlOptions<T>,
): Variable<T | string> {
  const { protocols, isList = false } = options;
  const beginnings = protocols.map((protocol) => `${protocol}//`);
  return {
    ...options,
    name,
    allowed: `${isList ? 'a comma-separated list of URLs that begin' : 'a URL that begins'} with ${beginnings.map((each) => `\`${each}\``).join(' or ')}`,
    defaultIn: defaultIn(options.default),
    parse: (value) =>
      (isList ? value.split(',') : [value]).every((part) => isUrl(part.trim(), protocols))
        ? value
        : new Fault(
            `must be a URL that begins with ${beginnings.join(' or ')}; special characters in its user and password are written as %XX`,
          ),
  };
}
