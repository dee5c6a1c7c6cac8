import type { CallError } from '../evidence.js';
import { type HttpAnswer, TimedOutError } from './http.js';

/** An outcome that is known for certain. */
export type Definite =
  { readonly type: 'ok'; readonly answer: unknown } | { readonly type: 'fail'; readonly error: CallError };
export type Outcome = Definite | { readonly type: 'info'; readonly error: CallError };

interface AnswerBody {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly GraphQLFault[];
}

/** A GraphQL error of an answer or a WebSocket message. */
export interface GraphQLFault {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** @param field the operation's field of `data` */
export function outcomeOf({ status, text }: HttpAnswer, field: string): Outcome {
  const body = parse(text);
  const [fault] = body?.errors ?? [];
  if (fault !== undefined) {
    const error = { ...callError(fault), ...(status === 200 ? {} : { status }) };
    const unknown = error.retryable === true || error.code === 'NO_ANSWER';
    return { type: unknown ? 'info' : 'fail', error };
  }
  const answer = body?.data?.[field];
  if (answer !== undefined) return { type: 'ok', answer };
  const message = `no GraphQL answer: ${text.slice(0, 200)}`;
  return { type: 'info', error: { code: 'NO_ANSWER', message, status } };
}

export function callError({ message, extensions = {} }: GraphQLFault): CallError {
  const { code, retryable, retryAfterMs } = extensions;
  return {
    code: typeof code === 'string' ? code : 'NO_ANSWER',
    message,
    ...(typeof retryable === 'boolean' ? { retryable } : {}),
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
  };
}

export function outcomeOfFailure(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof TimedOutError ? 'TIMEOUT' : 'NO_ANSWER';
  return { type: 'info', error: { code, message } };
}

/** Undefined if it is not a JSON object, such as the page of a proxy or of a dying server. */
function parse(text: string): AnswerBody | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
