import { ControlRefused, type System } from '../system/system.js';
import { pause } from './pause.js';

export type BankAnswer = 'succeeded' | 'failed';

/** The sandbox may be down or paused. */
const TRY_AGAIN_MS = 500;

/** The customers' bank, which asks them to authenticate a payment. */
export class Bank {
  constructor(
    private readonly system: Pick<System, 'control'>,
    private readonly giveUp: AbortSignal,
  ) {}

  /**
   * Presses a button of the bank's page, which the payment's client secret leads to.
   * @returns whether it was accepted; a payment that no longer waits takes no answer
   */
  async answer(clientSecret: string, outcome: BankAnswer): Promise<boolean> {
    const paymentIntent = clientSecret.slice(0, clientSecret.indexOf('_secret_'));
    while (!this.giveUp.aborted) {
      try {
        await this.system.control('POST', 'authenticate', { paymentIntent, outcome });
        return true;
      } catch (error) {
        if (error instanceof ControlRefused) return false;
        await pause(TRY_AGAIN_MS, this.giveUp);
      }
    }
    return false;
  }
}
