/** What the queue has to do with the job: nothing more, or run it again after a pause. */
export type WorkResult = { readonly kind: 'done' } | { readonly kind: 'retry'; readonly afterMs: number };

export const DONE: WorkResult = { kind: 'done' };
