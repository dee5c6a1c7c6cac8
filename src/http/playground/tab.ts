/** One of the playground's tabs. To offer another operation, add one in tabs.ts. */
export interface Tab {
  readonly name: string;
  readonly as: 'customer' | 'operator';
  readonly query: string;
  readonly variables?: object;
  /** JavaScript that Altair runs in a worker when the answer is there. */
  readonly afterAnswer?: string;
}
