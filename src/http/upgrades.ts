import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

type UpgradableRequest = IncomingMessage & { upgrade: boolean | null };
interface HttpParser {
  onIncoming: (request: UpgradableRequest, keepAlive: boolean) => number | undefined;
}

/** For http.createServer: newer releases of Node 22 and later ask it about each request with an Upgrade header. */
export const UPGRADE_OPTIONS: Readonly<Record<string, unknown>> = {
  shouldUpgradeCallback(this: Server, request: IncomingMessage): boolean {
    // Processes without an API listen for none.
    return this.listenerCount('upgrade') > 0 && isWebSocketUpgrade(request);
  },
};

/**
 * Requests that offer another protocol than WebSocket, such as the h2c of Java's HTTP client, are ordinary HTTP/1.1
 * requests (RFC 9110, section 7.8: a server may ignore the header). Older Nodes take every Upgrade header for an
 * upgrade as soon as somebody listens for upgrades; there the parser's callback says otherwise.
 */
export function ignoreOtherUpgrades(server: Server): void {
  if ('shouldUpgradeCallback' in server) return;
  server.on('connection', (socket: Socket & { readonly parser?: HttpParser | null }) => {
    const { parser } = socket;
    if (parser == null) return;
    const { onIncoming } = parser;
    parser.onIncoming = (request, keepAlive) => {
      // Without it Node goes on as if nobody listened for upgrades.
      if (request.upgrade === true && request.method !== 'CONNECT' && !isWebSocketUpgrade(request))
        request.upgrade = false;
      return onIncoming(request, keepAlive);
    };
  });
}

function isWebSocketUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}
