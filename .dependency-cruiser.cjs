/**
 * Imports point one way: main -> roles -> graphql, subscriptions, recovery -> queue -> dead-letters -> payments ->
 * orders -> outbox, audit, money -> platform -> config. (The outbox's relay adds jobs to the queue; it is the only part
 * of the outbox that knows the queue.)
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
      '^src/config/',
      '^src/generated/',
      ...allowed.map((path) => `^src/${path}(/|\\.ts$)`),
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
      from: { path: '^test/drills/checker/' },
      to: { pathNot: '^(crypto$|test/drills/(checker/|(evidence|money|table-dump|verdict)\\.ts$))' },
    },
    only('config', 'platform/database/database-url'),
    only('platform'),
    only('money'),
    only('audit', 'platform'),
    only('auth', 'platform'),
    only('catalog', 'audit', 'platform'),
    only('http', 'auth', 'platform'),
    only('outbox', 'queue', 'platform'),
    only('orders', 'audit', 'money', 'outbox', 'platform'),
    only('payments', 'audit', 'orders', 'money', 'outbox', 'platform'),
    only('dead-letters', 'audit', 'payments', 'orders', 'outbox', 'platform'),
    only('queue', 'dead-letters', 'payments', 'orders', 'outbox', 'platform'),
    only('recovery', 'dead-letters', 'queue', 'orders', 'outbox', 'platform'),
    only('subscriptions', 'graphql', 'http', 'auth', 'orders', 'platform'),
    only(
      'graphql',
      'audit',
      'auth',
      'catalog',
      'dead-letters',
      'http',
      'money',
      'orders',
      'payments',
      'queue',
      'subscriptions',
      'platform',
    ),
    {
      name: 'only-the-relay-adds-jobs',
      severity: 'error',
      from: { path: '^src/outbox/', pathNot: '^src/outbox/relay\\.ts$' },
      to: { path: '^src/queue/' },
    },
    {
      name: 'orders-know-no-transport',
      severity: 'error',
      from: {
        path: '^src/(audit|orders|payments|dead-letters|catalog)/',
        pathNot: '^src/payments/stripe/webhook-route\\.ts$',
      },
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
