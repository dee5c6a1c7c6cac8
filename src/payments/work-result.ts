/** Whether the queue has to run the job again, and after which pause. */
export type WorkResult = { readonly kind: 'done' } | { readonly kind: 'retry'; readonly afterMs: number };

export const DONE: WorkResult = { kind: 'done' };
