/** With --expose-gc and --import, in a process of the system: collects its garbage when it is told to. */
process.on('message', () => {
  globalThis.gc();
  globalThis.gc();
  process.send('collected');
});
// The process is to end as it does without this.
process.channel?.unref();
