/**
 * For `node --import` in a test's process: its clock is CLOCK_SHIFT_MS off, as on a machine whose time nobody
 * keeps right. Timers and performance.now() go on as they do there.
 */
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const rightNow = Date.now;

Date.now = () => rightNow() + shiftMs;

globalThis.Date = new Proxy(Date, {
  construct: (target, parameters, newTarget) =>
    Reflect.construct(target, parameters.length === 0 ? [target.now()] : parameters, newTarget),
});
