/** A tab of the playground. To offer another operation, add a tab in tabs.ts. */
export interface Tab {
  readonly name: string;
  readonly as: 'customer' | 'operator';
  readonly query: string;
  readonly variables?: object;
  /** JavaScript that Altair runs in a worker after the response. */
  readonly afterResponse?: string;
}
