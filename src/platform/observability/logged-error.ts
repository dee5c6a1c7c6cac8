import { truncate } from '../truncate.js';

/** Enough for PostgreSQL's and Prisma's useful messages; longer ones tend to contain data. */
const MAX_MESSAGE_LENGTH = 2_000;
/** About 60 frames. */
const MAX_STACK_LENGTH = 8_000;
/** SQLSTATEs, Prisma's and Node's codes have up to about 30 characters. */
const MAX_NAME_LENGTH = 100;
/** Enough for Prisma's error around its adapter's error around the driver's. */
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
 * An error as the log shows it: type, message, code and stack, each with a maximum length. Other properties may hold
 * secrets or personal data: a GraphQL error has the query text, PostgreSQL's a row's values, a failed Redis login its
 * password.
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

/** The root cause: the innermost error's name and the last line of its message. */
export function causeOf(error: unknown): { readonly name: string; readonly message: string } {
  if (!isErrorLike(error)) return { name: '', message: printable(String(error)) };
  const innermost = causesOf(error).at(-1) ?? error;
  const lastLine = messageOf(innermost).trim().split('\n').at(-1) ?? '';
  return { name: String(innermost.name), message: printable(lastLine) };
}

/** An AggregateError, such as one error per address that was tried, may have no message of its own. */
function messageOf({ message, errors }: ErrorLike): string {
  if (message !== '' || !Array.isArray(errors)) return message;
  return errors
    .filter(isErrorLike)
    .map((error) => error.message)
    .join(', ');
}

/** Removes line breaks, terminal escapes and bidirectional marks: a message may contain what a client sent. */
export function printable(text: string): string {
  return truncate(text, MAX_MESSAGE_LENGTH).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ');
}

/** The frames of a stack, without its first lines, which repeat the message. */
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
