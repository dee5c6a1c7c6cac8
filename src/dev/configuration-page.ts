import { type Role, ROLES } from '../config/roles.js';
import { SECTIONS } from '../config/sections.js';
import type { Section, Variable } from '../config/variables/variable.js';

const MAX_COLUMNS = 108;
const LONG_UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

const HEAD = `\
# Configuration

<!-- Generated from src/config by \`npm run docs:configuration\`. Change it there. -->

All settings are environment variables. They are checked once, at the start: a missing or invalid one stops
it with one line for each, naming the variable and never showing a secret. An empty variable counts as unset.
Whole numbers are written without separators.

Production needs \`DATABASE_URL\`, \`REDIS_URL\`, \`STRIPE_SECRET_KEY\`, \`STRIPE_WEBHOOK_SECRET\` (role \`api\`) and
\`AUTH_JWT_SECRET\` or \`AUTH_JWKS_URL\`, and no secret that is one repeated character. Behind a load balancer set
\`TRUSTED_PROXIES\`; for web pages, \`ALLOWED_ORIGINS\`. Everything else has a default that is meant to stay.
`;

/** docs/configuration.md, from the variables that src/config declares. */
export function configurationPage(): string {
  return [HEAD, ...SECTIONS.map(sectionText)].join('\n');
}

function sectionText({ title, introduction, roles, variables }: Section): string {
  const readBy = `Read by ${roleList(roles)}.`;
  const intro = introduction === undefined ? readBy : `${introduction} ${readBy}`;
  const items = Object.values(variables).map((variable) => item(variable, roles));
  return `## ${title}\n\n${wrap(intro, '')}\n\n${items.join('\n')}\n`;
}

function item(variable: Variable<unknown>, sectionRoles: readonly Role[]): string {
  const { name, description, reason, roles = sectionRoles } = variable;
  const facts = [
    defaultText(variable),
    allowedText(variable),
    ...(roles === sectionRoles ? [] : [roleList(roles)]),
  ];
  const inBrackets = facts.filter((fact) => fact !== '').join('; ');
  const sentences = reason === undefined ? description : `${description} ${reason}`;
  return wrap(`- **\`${name}\`** (${inBrackets}): ${sentences}`, '  ');
}

function roleList(roles: readonly Role[]): string {
  return roles.length === ROLES.length ? 'all roles' : roles.map((role) => `\`${role}\``).join(' and ');
}

function defaultText({ defaultIn, defaultText: words, required, unit }: Variable<unknown>): string {
  if (words !== undefined) return `default ${words}`;
  const requiring = (production: boolean) =>
    ROLES.filter((role) => required?.({ production, roles: new Set([role]) }));
  const [inProduction, elsewhere] = [valueText(defaultIn(true), unit), valueText(defaultIn(false), unit)];
  if (requiring(false).length > 0) return 'required';
  const roles = requiring(true);
  if (roles.length > 0)
    return `required in production${roles.length === ROLES.length ? '' : ` by ${roleList(roles)}`}, else ${elsewhere}`;
  if (inProduction === elsewhere) return elsewhere === '' ? 'no default' : `default ${elsewhere}`;
  return `default ${inProduction === '' ? 'none' : inProduction} in production, else ${elsewhere}`;
}

/** '' where there is none. */
function valueText(value: unknown, unit: string | undefined): string {
  if (typeof value === 'number') return withUnit(value, unit);
  if (typeof value === 'string' || typeof value === 'boolean') return `\`${String(value)}\``;
  return value instanceof Set ? '`all`' : '';
}

/** Bounds are in the unit that the default names. */
function allowedText({ allowed = '', min, max, unit }: Variable<unknown>): string {
  if (min === undefined) return allowed;
  return max === undefined ? `at least ${amount(min, unit)}` : `${amount(min, unit)} to ${amount(max, unit)}`;
}

/** Thousands are separated, except in what counts nothing, such as a port. */
function amount(value: number, unit: string | undefined): string {
  return unit === '' ? String(value) : value.toLocaleString('en-US');
}

function withUnit(value: number, unit = ''): string {
  const text = `${amount(value, unit)} ${unit}`.trimEnd();
  const longUnit = LONG_UNITS.find(([, ms]) => value % ms === 0);
  if (unit !== 'ms' || value === 0 || longUnit === undefined) return text;
  const [name, ms] = longUnit;
  return `${text} = ${value / ms} ${name}${value === ms ? '' : 's'}`;
}

/** Breaks a paragraph at spaces, outside of code. */
function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/(?:`[^`]*`|[^\s`])+/g) ?? []) {
    if (line !== '' && line.length + 1 + word.length > MAX_COLUMNS) {
      lines.push(line);
      line = indent + word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
