import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

type UpgradableRequest = IncomingMessage & { upgrade: boolean | null };
interface HttpParser {
  onIncoming: (request: UpgradableRequest, keepAlive: boolean) => number | undefined;
}

/** Options for http.createServer. Newer releases of Node 22 and later call it for requests with an Upgrade header. */
export const UPGRADE_OPTIONS: Readonly<Record<string, unknown>> = {
  shouldUpgradeCallback(this: Server, request: IncomingMessage): boolean {
    // A process without an API has no listener.
    return this.listenerCount('upgrade') > 0 && isWebSocketUpgrade(request);
  },
};

/**
 * Serves requests that offer another protocol than WebSocket, such as the h2c of Java's HTTP client, as ordinary
 * HTTP/1.1 requests (RFC 9110, section 7.8: a server may ignore the header). Where the server has a listener for
 * upgrades, older releases of Node treat every Upgrade header as one, which is undone in the parser's callback.
 */
export function ignoreOtherUpgrades(server: Server): void {
  if ('shouldUpgradeCallback' in server) return;
  server.on('connection', (socket: Socket & { readonly parser?: HttpParser | null }) => {
    const { parser } = socket;
    if (parser == null) return;
    const { onIncoming } = parser;
    parser.onIncoming = (request, keepAlive) => {
      // Node then handles the request as if there were no listener for upgrades.
      if (request.upgrade === true && request.method !== 'CONNECT' && !isWebSocketUpgrade(request))
        request.upgrade = false;
      return onIncoming(request, keepAlive);
    };
  });
}

function isWebSocketUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}
