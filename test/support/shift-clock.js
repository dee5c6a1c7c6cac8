/**
 * For `node --import` in a test's process: shifts its clock by CLOCK_SHIFT_MS, as on a machine with a wrong clock.
 * Timers and performance.now() are not affected.
 */
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const realNow = Date.now;

Date.now = () => realNow() + shiftMs;

globalThis.Date = new Proxy(Date, {
  construct: (target, parameters, newTarget) =>
    Reflect.construct(target, parameters.length === 0 ? [target.now()] : parameters, newTarget),
});
