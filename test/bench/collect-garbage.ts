/**
 * With --expose-gc and --import, in a process of the system: collects its garbage and tells its memory when its parent
 * asks.
 */
const { gc } = globalThis;
if (gc === undefined) throw new Error('this needs --expose-gc');
process.on('message', () => {
  // What the first one has finalised, the second one frees.
  gc();
  gc();
  process.send?.(process.memoryUsage());
});
// The process is to end as it does without this.
process.channel?.unref();
