import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Sandbox } from '../sandbox.js';
import type { Intent } from '../state/records.js';
import { authenticate } from '../stripe/authentication.js';
import { isUnreadable, StripeProblem } from '../stripe/errors.js';
import { type FormRecord, parseForm } from '../stripe/form.js';
import { bankPath } from '../stripe/objects.js';
import { recordChange } from '../webhooks/changes.js';
import { contentSecurityPolicy } from './document.js';
import { messagePage, paymentPage, returnAddress } from './payment-page.js';

interface BankRequest {
  readonly Params: { readonly id: string };
  readonly Querystring: { readonly client_secret?: string };
  readonly Body: FormRecord | undefined;
}

const INTENT = '/:id(^\\w+$)';
const ANSWERED =
  'This payment was answered before, in another tab or by a second click. The first answer stands.';
const STARTED_ANEW =
  'The shop has started this payment anew, so your answer did not count. Please answer again.';
const CLOSED = 'Your answer came too late and changed nothing.';

/** The routes under `/bank/`: the page of a customer's bank, which works without scripts. */
export function bankRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { books } = sandbox.store;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, text: string) => parseForm(text),
  );
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': contentSecurityPolicy(),
      // The address has a secret. Without any referrer, browsers would send the form without its origin.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  });
  app.addHook('onRequest', async ({ method, headers: { origin, host = '' } }, reply) => {
    if (method === 'GET' || origin === undefined) return undefined;
    if (origin === `http://${host}` || origin === books.publicUrl()) return undefined;
    return send(reply, 403, messagePage('Refused', 'Only the page of the bank itself can send an answer.'));
  });
  app.setNotFoundHandler((_request, reply) => send(reply, 404, NOT_FOUND));
  app.setErrorHandler((error, _request, reply) => {
    const status = isUnreadable(error) ? (error.statusCode ?? 400) : 400;
    if (!isUnreadable(error) && !(error instanceof StripeProblem)) throw error;
    return send(reply, status, messagePage('Not understood', error.message));
  });

  const find = ({ id }: BankRequest['Params'], query: BankRequest['Querystring']): Intent | undefined => {
    const intent = books.intents.get(id);
    return intent?.clientSecret === query.client_secret ? intent : undefined;
  };
  app.get<BankRequest>(INTENT, async ({ params, query }, reply) => {
    const intent = find(params, query);
    return intent === undefined ? send(reply, 404, NOT_FOUND) : sendPayment(reply, 200, intent);
  });
  app.post<BankRequest>(INTENT, async ({ params, query, body = {} }, reply) => {
    const intent = find(params, query);
    if (intent === undefined) return send(reply, 404, NOT_FOUND);
    const { outcome, authentication } = body;
    if (outcome !== 'succeeded' && outcome !== 'failed') {
      return send(reply, 400, messagePage('Not understood', 'The answer is neither of the two buttons.'));
    }
    const notice = whyLate(intent, authentication);
    if (notice !== undefined) return sendPayment(reply, 409, intent, notice);
    const answered = authenticate(books, intent, outcome);
    recordChange(sandbox, answered);
    const { id, clientSecret } = intent;
    return reply.redirect(returnAddress(answered.intent) ?? bankPath(id, clientSecret), 303);
  });
}

const NOT_FOUND = messagePage('No such payment', 'The bank knows no payment at this address.');

/** @returns undefined where the answer is to the authentication that waits for it */
function whyLate({ status, authentication }: Intent, answeredId: unknown): string | undefined {
  if (authentication?.id !== answeredId) return status === 'requires_action' ? STARTED_ANEW : CLOSED;
  if (status === 'requires_action') return undefined;
  return authentication?.outcome === null ? CLOSED : ANSWERED;
}

/** The page redirects to the shop after the answer, so that its policy has to allow that. */
function sendPayment(reply: FastifyReply, status: number, intent: Intent, notice?: string): FastifyReply {
  const returnUrl = intent.authentication?.returnUrl ?? null;
  const origin = returnUrl === null ? undefined : new URL(returnUrl).origin;
  reply.header('content-security-policy', contentSecurityPolicy(origin));
  return send(reply, status, paymentPage(intent, notice));
}

function send(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(html);
}
