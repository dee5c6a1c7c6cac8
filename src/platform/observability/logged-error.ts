import { truncate } from '../truncate.js';

/** Room for PostgreSQL's and Prisma's longest messages of use; what is longer holds somebody's data. */
const MAX_MESSAGE_LENGTH = 2_000;
/** Some sixty frames. */
const MAX_STACK_LENGTH = 8_000;
/** SQLSTATE, Prisma's and Node's codes have up to some 30 characters. */
const MAX_NAME_LENGTH = 100;
/** Deep enough for Prisma's error around its adapter's around the driver's. */
const MAX_CAUSES = 3;

interface ErrorLike {
  readonly name?: unknown;
  readonly message: string;
  readonly stack?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/**
 * What the log holds of an error: only these four, each with a bound. Errors carry more, which belongs in no log:
 * GraphQL's the whole query text, PostgreSQL's the values of a row, a refused Redis login its password.
 */
export function loggedError(error: unknown): object {
  if (!isErrorLike(error)) return { message: printable(String(error)) };
  const chain = [error, ...causesOf(error)];
  const stack = chain.map(framesOf).filter((frames) => frames !== '');
  return {
    type: truncate(String(error.name), MAX_NAME_LENGTH),
    message: printable(chain.map(messageOf).join(': ')),
    ...(typeof error.code === 'string' ? { code: truncate(error.code, MAX_NAME_LENGTH) } : {}),
    ...(stack.length === 0 ? {} : { stack: truncate(stack.join('\ncaused by\n'), MAX_STACK_LENGTH) }),
  };
}

/** What began it: the innermost error's name, and the last line of its message. */
export function causeOf(error: unknown): { readonly name: string; readonly message: string } {
  if (!isErrorLike(error)) return { name: '', message: printable(String(error)) };
  const innermost = causesOf(error).at(-1) ?? error;
  const lastLine = messageOf(innermost).trim().split('\n').at(-1) ?? '';
  return { name: String(innermost.name), message: printable(lastLine) };
}

/** One error can stand for several, such as one for each address that was tried, and say nothing itself. */
function messageOf({ message, errors }: ErrorLike): string {
  if (message !== '' || !Array.isArray(errors)) return message;
  return errors
    .filter(isErrorLike)
    .map((error) => error.message)
    .join(', ');
}

/** Without line feeds, terminal escapes and marks that turn the direction: a message can hold what a client sent. */
export function printable(text: string): string {
  return truncate(text, MAX_MESSAGE_LENGTH).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ');
}

/** A stack without its first lines, which repeat the message. */
export function framesOf({ stack }: { readonly stack?: unknown }): string {
  if (typeof stack !== 'string') return '';
  const frames = stack.split('\n').filter((line) => /^ {4}at /.test(line));
  return truncate(frames.join('\n'), MAX_STACK_LENGTH);
}

function causesOf(error: ErrorLike): ErrorLike[] {
  const causes: ErrorLike[] = [];
  for (let cause = error.cause; isErrorLike(cause) && causes.length < MAX_CAUSES; cause = cause.cause) {
    causes.push(cause);
  }
  return causes;
}

function isErrorLike(value: unknown): value is ErrorLike {
  return (
    typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
  );
}
