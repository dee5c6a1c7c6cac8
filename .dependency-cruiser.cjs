/**
 * Imports point one way: main -> roles -> api, queue, recovery, relay -> live, dead-letters -> payments -> orders ->
 * outbox, audit, money -> platform.
 * `ls src` shows the layers; this file holds them.
 */
const only = (from, ...allowed) => ({
  name: `${from}-imports-only-what-is-below`,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: {
    path: '^src/',
    pathNot: [
      `^src/${from}/`,
      '^src/config\\.ts$',
      '^src/generated/',
      ...allowed.map((folder) => `^src/${folder}/`),
    ],
  },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: { pathNot: '^src/generated/' }, to: { circular: true } },
    {
      name: 'nothing-knows-dev',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/dev/' },
      to: { path: '^src/dev/' },
    },
    { name: 'src-knows-no-test', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
    {
      name: 'support-knows-no-test',
      comment: 'What helps the tests, the drills and the benchmarks stands below all of them.',
      severity: 'error',
      from: { path: '^test/support/' },
      to: { path: '^test/', pathNot: '^test/(support|generated)/' },
    },
    {
      name: 'the-checker-knows-only-the-evidence',
      comment: 'The drills judge the system by what it shows, not by its own code.',
      severity: 'error',
      from: { path: '^test/faults/checker/' },
      to: { pathNot: '^test/faults/(checker/|(evidence|money)\\.ts$)' },
    },
    only('platform'),
    only('money'),
    only('outbox', 'platform'),
    only('live', 'orders', 'platform'),
    only('audit', 'platform'),
    only('catalog', 'audit', 'platform'),
    only('playground', 'platform'),
    only('auth', 'platform'),
    only('orders', 'audit', 'money', 'outbox', 'platform'),
    only('payments', 'orders', 'money', 'outbox', 'platform'),
    only('dead-letters', 'audit', 'payments', 'orders', 'outbox', 'platform'),
    only('queue', 'dead-letters', 'payments', 'orders', 'outbox', 'platform'),
    only('relay', 'queue', 'outbox', 'platform'),
    only('recovery', 'dead-letters', 'queue', 'orders', 'outbox', 'platform'),
    only(
      'api',
      'audit',
      'auth',
      'dead-letters',
      'payments',
      'orders',
      'catalog',
      'live',
      'money',
      'queue',
      'platform',
    ),
    {
      name: 'orders-know-no-transport',
      severity: 'error',
      from: { path: '^src/(audit|orders|payments|dead-letters|catalog)/' },
      to: {
        path: 'node_modules/(@nestjs/graphql|@nestjs/apollo|@apollo|graphql|bullmq|@nestjs/bullmq|fastify)/',
      },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
