import type { Role } from '../roles.js';

/** What defaults and required variables depend on. */
export interface Context {
  readonly production: boolean;
  readonly roles: ReadonlySet<Role>;
}

/** Why a value is invalid, to stand after "NAME: ". Never repeats a value that may hold a secret. */
export class Fault {
  constructor(readonly message: string) {}
}

/** What docs/configuration.md says about a variable besides its values. */
export interface Documentation {
  /** What the variable sets: sentences in Markdown. */
  readonly description: string;
  /** Why the default has its value: sentences in Markdown. */
  readonly reason?: string;
  /** The default in words, in Markdown, where it depends on other variables. */
  readonly defaultText?: string;
  /** The roles that read it, where they are not those of its section. */
  readonly roles?: readonly Role[];
}

/** One environment variable. */
export interface Variable<T> extends Documentation {
  readonly name: string;
  /** Of a number. '' where it has none, as a port. */
  readonly unit?: string;
  /** Inclusive bounds of a number. */
  readonly min?: number;
  readonly max?: number;
  /** The allowed values in words, in Markdown, where it is neither a number nor any text. */
  readonly allowed?: string;
  readonly isSecret?: boolean;
  /** Its default only stands in for a missing value until the start fails. */
  readonly required?: (context: Context) => boolean;
  readonly defaultIn: (production: boolean) => T;
  /** @param text is never empty */
  readonly parse: (text: string) => T | Fault;
}

export type Variables = Readonly<Record<string, Variable<unknown>>>;

/** The variables of one subject, and a section of docs/configuration.md. */
export interface Section<V extends Variables = Variables> {
  readonly title: string;
  /** A paragraph in Markdown below the title. */
  readonly introduction?: string;
  /** The roles that read its variables, unless a variable says otherwise. */
  readonly roles: readonly Role[];
  readonly variables: V;
}

export type Values<V extends Variables> = {
  readonly [Key in keyof V]: V[Key] extends Variable<infer T> ? T : never;
};

/** Only infers the type of its argument. */
export function section<V extends Variables>(declaration: Section<V>): Section<V> {
  return declaration;
}

export const always = (): boolean => true;
export const inProduction = ({ production }: Context): boolean => production;
