import { connect } from 'node:net';

const PATIENCE_MS = 500;

/** What is asked of a server, in its own words; any answer at all will do. */
export const HTTP_QUESTION = 'HEAD / HTTP/1.1\r\nHost: drill\r\nConnection: close\r\n\r\n';
export const REDIS_QUESTION = 'PING\r\n';

/**
 * Whether a server takes a connection and then says nothing, as a paused one does.
 * @throws where it does not even take the connection: it is not there
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
