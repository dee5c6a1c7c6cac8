const { readFileSync } = require('node:fs');
const { sep } = require('node:path');

/** @type {Readonly<Record<string, string>>} */
const facades = JSON.parse(readFileSync(process.env.TEST_LIBRARY_FACADES, 'utf8'));

/** Our own modules get the bundled libraries. A package that is not bundled gets its own dependencies. */
module.exports = function resolve(request, options) {
  const isOurs = !options.basedir.split(sep).includes('node_modules');
  if (isOurs && Object.hasOwn(facades, request)) return facades[request];
  return options.defaultResolver(request, options);
};
