/** The system, which collects its garbage and tells its memory when its parent asks. Needs --expose-gc. */
process.on('message', () => {
  // What the first one has finalised, the second one frees.
  globalThis.gc();
  globalThis.gc();
  process.send(process.memoryUsage());
});
await import('../../../dist/main.js');
