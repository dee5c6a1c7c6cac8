import { isHttpOrigin, isNetwork } from './formats.js';
import { type Documentation, Fault, type Variable } from './variable.js';

/** A comma-separated list of web origins, written as browsers send them. Empty where it is unset. */
export function origins(name: string, documentation: Documentation): Variable<readonly string[]> {
  const what = 'origins such as https://shop.example, without a path or a usual port';
  return list(name, documentation, { what, isValid: isHttpOrigin });
}

/** A comma-separated list of IP addresses and networks. Empty where it is unset. */
export function networks(name: string, documentation: Documentation): Variable<readonly string[]> {
  const what = 'addresses and networks such as 10.0.0.7 or 10.0.0.0/8';
  return list(name, documentation, { what, isValid: isNetwork });
}

function list(
  name: string,
  documentation: Documentation,
  { what, isValid }: { readonly what: string; readonly isValid: (item: string) => boolean },
): Variable<readonly string[]> {
  return {
    ...documentation,
    name,
    allowed: `a comma-separated list of ${what}`,
    defaultIn: () => [],
    parse: (value) => {
      const items = value.split(',').map((item) => item.trim());
      const invalid = items.find((item) => !isValid(item));
      if (invalid === undefined) return items;
      return new Fault(`must be a comma list of ${what}; ${JSON.stringify(invalid)} is none`);
    },
  };
}

/** A comma-separated list of some of `values`; `all`, the default, stands for every one. */
export function setOf<T extends string>(
  name: string,
  options: Documentation & { readonly values: readonly T[] },
): Variable<ReadonlySet<T>> {
  const { values } = options;
  return {
    ...options,
    name,
    allowed: `\`all\`, or a comma-separated list of ${values.map((value) => `\`${value}\``).join(', ')}`,
    defaultIn: () => new Set(values),
    parse: (value) => {
      const items = value.split(',').map((item) => item.trim());
      if (items.length === 1 && items[0] === 'all') return new Set(values);
      const unknown = items.filter((item) => !values.some((each) => each === item));
      if (unknown.length === 0) return new Set(values.filter((each) => items.includes(each)));
      return new Fault(
        `must be all, or a comma list of ${values.join(', ')}, not ${JSON.stringify(unknown.join(','))}`,
      );
    },
  };
}
