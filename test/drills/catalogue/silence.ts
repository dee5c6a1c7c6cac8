import { connect } from 'node:net';

const PATIENCE_MS = 500;

/** A request in the server's protocol; any answer will do. */
export const HTTP_REQUEST = 'HEAD / HTTP/1.1\r\nHost: drill\r\nConnection: close\r\n\r\n';
export const REDIS_REQUEST = 'PING\r\n';

/**
 * Whether a server accepts a connection and then sends nothing, as a paused one does.
 * @throws if it does not accept the connection
 */
export function isSilent(url: string, question: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(true);
    }, PATIENCE_MS);
    socket.once('data', () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.write(question);
  });
}
