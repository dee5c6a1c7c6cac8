import { cleanUp, openSandbox, type TestSandbox } from './sandbox.js';
import { OrderSteps } from './order-steps.js';
import { ScriptedGateway } from './scripted-gateway.js';

/** Requests, as matched by Script.line. */
export const CREATE = /^POST \/v1\/payment_intents /;
export const CONFIRM = /^POST \/v1\/payment_intents\/\w+\/confirm /;
export const RETRIEVE = /^GET \/v1\/payment_intents\/\w+(\?expand\S*)? /;
export const CANCEL = /^POST \/v1\/payment_intents\/\w+\/cancel /;
export const REFUND = /^POST \/v1\/refunds /;

export const STARTED = ['ORDER_CREATED', 'PAYMENT_STARTED'];
export const CONFIRMED = [...STARTED, 'PAYMENT_SUCCEEDED'];

/** Orders processed step by step, with a scripted gateway. */
export class ScriptedSteps {
  private constructor(
    readonly sandbox: TestSandbox,
    readonly gateway: ScriptedGateway,
    readonly steps: OrderSteps,
  ) {}

  static async open(): Promise<ScriptedSteps> {
    const sandbox = await openSandbox();
    const gateway = await ScriptedGateway.start(sandbox.running.url);
    return new ScriptedSteps(sandbox, gateway, await OrderSteps.open({ STRIPE_API_BASE: gateway.url }));
  }

  async close(): Promise<void> {
    await this.steps.close();
    await this.gateway.close();
    await cleanUp();
  }

  /** The order in the sandbox's ledger. */
  async money(orderId: string): Promise<object | undefined> {
    return this.sandbox.control.order(orderId);
  }

  async failureOf(orderId: string): Promise<object | undefined> {
    const [order] = await this.steps.select(
      `SELECT status, failure_code AS code, failure_gateway_code AS "gatewayCode", attempts
       FROM orders JOIN payments ON order_id = id WHERE id = $1`,
      [orderId],
    );
    return order;
  }

  async noteOf(orderId: string, type: string): Promise<string | undefined> {
    const [event] = await this.steps.select<{ note: string }>(
      'SELECT note FROM order_events WHERE order_id = $1 AND type = $2::order_event_type',
      [orderId, type],
    );
    return event?.note;
  }

  async deadLettersOf(orderId: string): Promise<object[]> {
    return this.steps.select('SELECT task, state, error FROM dead_letters WHERE order_id = $1', [orderId]);
  }

  /** Ends the order's pause. */
  async endPause(orderId: string): Promise<void> {
    await this.steps.select('UPDATE orders SET recover_after = now() WHERE id = $1', [orderId]);
  }

  async cancelledAfterItsCharge(): Promise<string> {
    const orderId = await this.steps.placeOrder();
    await this.steps.chargeToEnd(orderId);
    await this.steps.cancel(orderId);
    return orderId;
  }
}
