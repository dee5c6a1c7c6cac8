import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the page needs: where the API and the bank are, and the customer's token. */
export interface ShopSettings {
  readonly api: string;
  readonly bank: string;
  readonly token: string;
}

const PAGE = readFileSync(new URL('payment-shop.html', import.meta.url), 'utf8');

/** Serves a shop's page, payment-shop.html, which orders, sends its customer to the bank, and pays again. */
export class PaymentShop {
  private settings: ShopSettings | undefined;

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  /** Call open() before a customer comes. */
  static async start(): Promise<PaymentShop> {
    const server = createServer((request, response) => {
      const isPage = request.url === '/';
      response.setHeader('content-type', isPage ? 'text/html; charset=utf-8' : 'application/json');
      response.end(isPage ? PAGE : JSON.stringify(shop.settings));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const shop = new PaymentShop(`http://127.0.0.1:${port}`, server);
    return shop;
  }

  open(settings: ShopSettings): void {
    this.settings = settings;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
