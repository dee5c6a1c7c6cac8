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
 * Tabs need absolute addresses. Altair begins with the last tab in front and every tab's variables folded away;
 * it has no option for either, so the first tab and the variables are clicked open.
 */
const START_SCRIPT = `
      const options = JSON.parse(document.getElementById('${OPTIONS_ID}').textContent);
      for (const tab of options.initialWindows) {
        tab.endpointURL = location.origin + '/graphql';
        tab.subscriptionsEndpoint = location.origin.replace('http', 'ws') + '/graphql';
      }
      AltairGraphQL.init(options);
      let begun = false;
      new MutationObserver(() => {
        const tabs = document.querySelectorAll('app-window-switcher-item > .window-switcher__item');
        if (!begun && tabs[options.initialWindows.length - 1]?.matches('.window-switcher__item--active')) {
          begun = true;
          tabs[0].click();
        }
        for (const title of document.querySelectorAll('.variables-editor--title:not(.opened)')) {
          title.classList.add('opened');
          title.click();
        }
      }).observe(document.body, { attributes: true, childList: true, subtree: true });
    `;

/**
 * For the page and its files. It can reach its own server and nothing else, and be framed by nobody. Altair needs
 * eval for scripts and for its validation.
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
 * Altair's page with our tabs. Nothing of the request is in it: the browser itself knows the address that it
 * came from. A new idempotency key with every load, so that each load begins with a new order.
 */
export function renderPage(altairHtml: string, tokens: Tokens): string {
  const options = JSON.stringify(altairOptions(tokens)).replaceAll('<', '\\u003c');
  const scripts = [
    // Data, which no policy has to allow: the script itself never changes, and is known by its hash.
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
    // What is kept from one load to the next would be tokens that have expired and keys that were used.
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
          },
        },
      ],
    },
    initialWindows: tabs(idempotencyKey).map((tab) => toWindow(tab, tokens)),
  };
}

function toWindow({ name, as, query, variables, afterAnswer }: Tab, tokens: Tokens): Window {
  const variable = TOKEN_VARIABLES[as];
  const authorization = { Authorization: `Bearer {{${variable}}}` };
  const hint = `# No token yet: put that of \`${TOKEN_HINTS[as]}\` into the environment (top right) as ${variable}.\n`;
  return {
    initialName: name,
    initialQuery: tokens[as] === undefined ? hint + query : query,
    ...(variables === undefined ? {} : { initialVariables: JSON.stringify(variables, null, 2) }),
    ...(afterAnswer === undefined ? {} : { initialPostRequestScript: afterAnswer }),
    initialHeaders: authorization,
    initialSubscriptionsPayload: authorization,
    initialSubscriptionRequestHandlerId: 'graphql-ws',
  };
}
