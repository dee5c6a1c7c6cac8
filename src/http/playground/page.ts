import type { AltairConfigOptions } from 'altair-static';
import { createHash, randomUUID } from 'node:crypto';
import type { Config } from '../../config/config.js';
import { ALTAIR_BASE_PATH } from './altair-files.js';
import type { Tab } from './tab.js';
import { tabs } from './tabs.js';

type Tokens = Config['graphql']['playgroundTokens'];
type Window = NonNullable<AltairConfigOptions['initialWindows']>[number];

const TOKEN_VARIABLES = { customer: 'customerToken', operator: 'operatorToken' } as const;
const TOKEN_HINTS = {
  customer: 'npm run token -- --sub alice',
  operator: 'npm run token -- --sub olivia --role operator',
} as const;

const OPTIONS_ID = 'playground-options';

/**
 * Sets the tabs' URLs, which have to be absolute. Altair starts with the last tab selected and the variables collapsed,
 * and has no option for either, so the script clicks the first tab and expands the variables.
 */
const START_SCRIPT = `
      const options = JSON.parse(document.getElementById('${OPTIONS_ID}').textContent);
      for (const tab of options.initialWindows) {
        tab.endpointURL = location.origin + '/graphql';
        tab.subscriptionsEndpoint = location.origin.replace('http', 'ws') + '/graphql';
      }
      AltairGraphQL.init(options);
      let started = false;
      new MutationObserver(() => {
        const tabs = document.querySelectorAll('app-window-switcher-item > .window-switcher__item');
        if (!started && tabs[options.initialWindows.length - 1]?.matches('.window-switcher__item--active')) {
          started = true;
          tabs[0].click();
        }
        for (const title of document.querySelectorAll('.variables-editor--title:not(.opened)')) {
          title.classList.add('opened');
          title.click();
        }
      }).observe(document.body, { attributes: true, childList: true, subtree: true });
    `;

/**
 * For the page and its files: the page can reach only its own server, and no page can frame it. Altair needs eval for
 * the tabs' scripts and for its validation.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "base-uri 'self'",
  "connect-src 'self'",
  "font-src 'self' data:",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "img-src 'self' data:",
  `script-src 'self' 'sha256-${createHash('sha256').update(START_SCRIPT).digest('base64')}' 'unsafe-eval'`,
  "style-src 'self' 'unsafe-inline'",
  "worker-src 'self'",
].join('; ');

/**
 * Altair's page with our tabs. Nothing in it depends on the request. Each load has a new idempotency key, and so
 * begins with a new order.
 */
export function renderPage(altairHtml: string, tokens: Tokens): string {
  const options = JSON.stringify(altairOptions(tokens)).replaceAll('<', '\\u003c');
  const scripts = [
    // The options are data, which the policy ignores; the script never changes, and is allowed by its hash.
    `<script type="application/json" id="${OPTIONS_ID}">${options}</script>`,
    `<script type="module">${START_SCRIPT}</script>`,
  ];
  return altairHtml
    .replace(/<base [^>]*>/, () => `<base href="${ALTAIR_BASE_PATH}" />`)
    .replace('</body>', () => `  ${scripts.join('\n    ')}\n  </body>`);
}

function altairOptions(tokens: Tokens): AltairConfigOptions {
  const idempotencyKey = randomUUID();
  return {
    // It would restore expired tokens and used idempotency keys.
    preserveState: false,
    disableAccount: true,
    initialSettings: {
      'schema.reloadOnStart': true,
      'alert.disableUpdateNotification': true,
      'banners.disable': true,
      disablePushNotification: true,
      'plugin.list': [],
    },
    initialEnvironments: {
      activeSubEnvironment: 'development',
      subEnvironments: [
        {
          id: 'development',
          title: 'Development',
          variables: {
            customerToken: tokens.customer ?? 'paste-a-token-here',
            operatorToken: tokens.operator ?? 'paste-a-token-here',
            idempotencyKey,
            orderId: 'create-an-order-first',
            deadLetterId: 'list-the-dead-letters-first',
            discrepancyId: 'list-the-payment-discrepancies-first',
          },
        },
      ],
    },
    initialWindows: tabs(idempotencyKey).map((tab) => toWindow(tab, tokens)),
  };
}

function toWindow({ name, as, query, variables, afterResponse }: Tab, tokens: Tokens): Window {
  const variable = TOKEN_VARIABLES[as];
  const authorization = { Authorization: `Bearer {{${variable}}}` };
  const hint = `# No token yet: put that of \`${TOKEN_HINTS[as]}\` into the environment (top right) as ${variable}.\n`;
  return {
    initialName: name,
    initialQuery: tokens[as] === undefined ? hint + query : query,
    ...(variables === undefined ? {} : { initialVariables: JSON.stringify(variables, null, 2) }),
    ...(afterResponse === undefined ? {} : { initialPostRequestScript: afterResponse }),
    initialHeaders: authorization,
    initialSubscriptionsPayload: authorization,
    initialSubscriptionRequestHandlerId: 'graphql-ws',
  };
}
