/**
 * Imports go down only. Each rank may import the ranks below it; rooms of one rank do not import each other.
 * A room is entered through its index.ts (server), contracts.ts (safe for the browser) or ui/, never deeper.
 */
const RANKS = [
  ['app', 'standalone'],
  ['container'],
  ['http'],
  ['billing', 'insight'],
  ['quotas', 'analytics'],
  ['metering', 'rates', 'keys', 'accounts', 'notifications', 'documents'],
  ['plans'],
  ['rating', 'db'],
  ['kernel', 'config'],
];
const room = (name) => (name === 'container' ? '^src/container[^/]*\\.ts$' : `^src/${name}/`);
const test = '\\.test\\.tsx?$';

const ranks = RANKS.flatMap((rank, depth) =>
  rank.map((name) => {
    // kernel and config are the ground: kernel is pure, config may use it.
    const above = RANKS.slice(0, depth).flat();
    const beside = name === 'config' ? [] : rank.filter((other) => other !== name);
    const forbidden = [...above, ...beside];
    return {
      name: `rank-${name}`,
      severity: 'error',
      comment: `${name} may import only what lies below it`,
      from: { path: room(name), pathNot: test },
      to: { path: forbidden.map(room) },
    };
  }),
).filter((rule) => rule.to.path.length > 0);

const rooms = [...RANKS.flat(), 'ui', 'testing'].filter(
  (name) => name !== 'container' && name !== 'kernel' && name !== 'config' && name !== 'ui',
);

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphan-resolution', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...ranks,
    ...rooms.map((name) => ({
      name: `door-${name}`,
      severity: 'error',
      comment: `${name} is entered through index.ts, contracts.ts or ui/`,
      from: { pathNot: [`^src/${name}/`, test, '^bench/', '^e2e/', '^src/testing/'] },
      to: { path: `^src/${name}/`, pathNot: [`^src/${name}/(index|contracts)\\.ts$`, `^src/${name}/ui/`] },
    })),
    {
      name: 'design-system-knows-no-domain',
      severity: 'error',
      from: { path: '^src/ui/', pathNot: test },
      to: { path: '^src/', pathNot: ['^src/ui/', '^src/kernel/'] },
    },
    {
      name: 'browser-code-meets-contracts-only',
      severity: 'error',
      comment: 'A domain ui/ is rendered in the browser: it takes data as props or over HTTP',
      from: { path: '^src/[^/]+/ui/', pathNot: test },
      to: { path: '^src/[^/]+/', pathNot: ['^src/ui/', '^src/kernel/', '/contracts\\.ts$', '^src/[^/]+/ui/'] },
    },
    {
      name: 'kernel-is-pure',
      severity: 'error',
      from: { path: '^src/kernel/', pathNot: test },
      to: { path: '^src/', pathNot: '^src/kernel/' },
    },
    {
      name: 'no-test-code-in-production',
      severity: 'error',
      from: { pathNot: [test, '^src/testing/', '^bench/', '^e2e/', '^jest'] },
      to: { path: ['^src/testing/', test] },
    },
    {
      name: 'not-to-dev-dependencies',
      severity: 'error',
      from: { path: '^src/', pathNot: [test, '^src/testing/'] },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)\\.next/', '^src/db/generated/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
