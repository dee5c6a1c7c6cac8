/**
 * With --expose-gc and --import, in a process of the system: collects its garbage and reports its memory when the
 * parent asks.
 */
const { gc } = globalThis;
if (gc === undefined) throw new Error('this needs --expose-gc');
process.on('message', () => {
  // The second collection frees what the first one has finalised.
  gc();
  gc();
  process.send?.(process.memoryUsage());
});
// This must not keep the process alive.
process.channel?.unref();
