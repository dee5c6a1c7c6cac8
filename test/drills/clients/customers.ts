import { setMaxListeners } from 'node:events';
import type { RunFacts } from '../evidence.js';
import type { Random } from '../../support/random.js';
import type { Recorder } from '../recorder.js';
import type { System } from '../system/system.js';
import { Aftermath } from './aftermath.js';
import { Bank } from './bank.js';
import { Caller } from './caller.js';
import { Counts } from './counts.js';
import { Customer } from './customer.js';
import { Errands } from './errands.js';
import { Addresses } from './http.js';
import { Operator } from './operator.js';
import { Payer } from './payer.js';
import { PlacedOrders } from './placed-orders.js';
import { Subscriber } from './subscriber.js';

export interface CustomersOptions {
  readonly system: Pick<System, 'apiUrls' | 'token' | 'rewinds' | 'now' | 'control'>;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly ordersPerSecond: number;
  readonly prices: RunFacts['prices'];
  /** How long a payment waits for its customer. */
  readonly actionTimeoutMs: number;
}

const CUSTOMERS = 20;
/** After everything is healed, a retry is answered within seconds. */
const SETTLE_TIMEOUT_MS = 45_000;
/** A slow check finds within 2 s what no wake-up announced; a lost socket is found within 6 s. */
const CATCH_UP_TIMEOUT_MS = 30_000;

/** Some twenty customers and an operator, as real ones behave, for a whole run. */
export class Customers {
  readonly counts = new Counts();
  private readonly addresses: Addresses;
  private readonly placed = new PlacedOrders();
  private readonly errands = new Errands();
  private readonly subscribers: Subscriber[] = [];
  private readonly stopping = new AbortController();
  private readonly giveUp = new AbortController();

  constructor(private readonly options: CustomersOptions) {
    this.addresses = new Addresses(options.system.apiUrls);
    // Every waiting task listens to them.
    setMaxListeners(0, this.stopping.signal, this.giveUp.signal);
  }

  async start(): Promise<void> {
    const names = Array.from(
      { length: CUSTOMERS },
      (_, index) => `customer-${String(index + 1).padStart(2, '0')}`,
    );
    const { system } = this.options;
    const tokens = await Promise.all(names.map((name) => system.token(name)));
    const operatorToken = await system.token('operator', ['operator']);
    names.forEach((name, index) => {
      this.addCustomer(name, tokens[index] ?? '', index + 1);
    });
    const random = this.options.random.fork('operator');
    const caller = this.caller('operator', operatorToken, random);
    const operator = new Operator({ caller, counts: this.counts, random, stopping: this.stopping.signal });
    this.errands.begin(() => operator.work());
  }

  /**
   * Places no new orders. Resolves when every unknown outcome is settled and every cancellation accepted; what is not
   * in time stays open in the history.
   * @throws if the drill itself failed
   */
  async stop(): Promise<void> {
    this.stopping.abort();
    const timer = setTimeout(() => {
      this.giveUp.abort();
    }, SETTLE_TIMEOUT_MS);
    try {
      await this.errands.done();
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * When all is at rest: waits until every open subscription has its order's last version, and is completed if that
   * is final; then ends all subscriptions. What is missing shows in the record.
   */
  async settle(finalVersions: ReadonlyMap<string, number>): Promise<void> {
    const patience = new AbortController();
    setMaxListeners(0, patience.signal);
    const timer = setTimeout(() => {
      patience.abort();
    }, CATCH_UP_TIMEOUT_MS);
    await Promise.all(
      this.subscribers.map((subscriber) => subscriber.settle(finalVersions, patience.signal)),
    );
    clearTimeout(timer);
  }

  /** May be called in any state, even after stop() and settle(): ends all work and all waiting. */
  async close(): Promise<void> {
    this.stopping.abort();
    this.giveUp.abort();
    this.addresses.close();
    // Unknown outcomes fail now; stop() reports them.
    await Promise.allSettled([this.errands.done()]);
    const nobodyWaits = AbortSignal.abort();
    await Promise.all(this.subscribers.map((subscriber) => subscriber.settle(new Map(), nobodyWaits)));
  }

  private addCustomer(name: string, token: string, number: number): void {
    const { addresses, counts, options, placed } = this;
    const { actionTimeoutMs, ordersPerSecond, prices, recorder, system } = options;
    const { rewinds, now } = system;
    const stopping = this.stopping.signal;
    const random = options.random.fork(name);
    const errands = new Errands();
    const caller = this.caller(name, token, random.fork('calls'));
    const subscriber = new Subscriber({
      ...{ customer: name, token, addresses, recorder, counts },
      random: random.fork('sockets'),
    });
    const aftermath = new Aftermath({ caller, subscriber, placed, counts, errands, stopping });
    const giveUp = this.giveUp.signal;
    const bank = new Bank(system, giveUp);
    const payer = new Payer({ caller, bank, counts, actionTimeoutMs, stopping, giveUp });
    const customer = new Customer({
      ...{
        number,
        caller,
        aftermath,
        payer,
        placed,
        prices,
        random,
        counts,
        errands,
        stopping,
        rewinds,
        now,
      },
      intervalMs: (CUSTOMERS * 1_000) / ordersPerSecond,
    });
    this.subscribers.push(subscriber);
    this.errands.begin(async () => {
      await Promise.all([customer.shop(), customer.lookAfterPurchases()]);
      await errands.done();
    });
    this.errands.begin(() => subscriber.loseSockets(stopping));
  }

  private caller(name: string, token: string, random: Random): Caller {
    const { addresses, counts, options } = this;
    const { recorder } = options;
    return new Caller({ name, token, addresses, recorder, counts, random, giveUp: this.giveUp.signal });
  }
}
