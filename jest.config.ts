/** @jest-config-loader esbuild-register */
import { availableParallelism } from 'node:os';
import type { Config } from 'jest';

/** Packages published as ES modules only, which Jest's CommonJS loader needs transformed. */
const esmPackages = [
  'jose',
  'lru-cache',
  'nanoid',
  'uuid',
  'zod-openapi',
  'maxmind',
  'mmdb-lib',
  'tiny-lru',
  'recharts',
  'd3-[a-z]+',
  'internmap',
  'es-toolkit',
  'lucide-react',
  'any-ascii',
  'hucre',
  'unpdf',
];

const transform = {
  '^.+\\.m?[jt]sx?$': [
    '@swc/jest',
    {
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', tsx: true },
        transform: { react: { runtime: 'automatic' } },
      },
      module: { type: 'commonjs' },
    },
  ],
} satisfies Config['transform'];

const shared = {
  transform,
  transformIgnorePatterns: [`/node_modules/(?!(${esmPackages.join('|')})/)`],
  moduleNameMapper: {
    '^@/(.*)$': '<rootDir>/src/$1',
    // Its CommonJS entry imports an ES module at run time, which Jest cannot.
    '^unpdf$': '<rootDir>/node_modules/unpdf/dist/index.mjs',
    '^unpdf/pdfjs$': '<rootDir>/node_modules/unpdf/dist/pdfjs.mjs',
  },
  modulePathIgnorePatterns: ['<rootDir>/.next/'],
  setupFiles: ['<rootDir>/src/testing/fast-check-setup.ts'],
} satisfies Config;

export default {
  // One more than there are cores, since much of what runs here waits for Postgres, for the disk or for a child process.
  maxWorkers: availableParallelism() + 1,
  // Says that something hangs, and nothing about speed: the machine may be a slow one.
  testTimeout: 120_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testEnvironment: 'node',
      testMatch: ['<rootDir>/src/**/*.test.ts'],
      testPathIgnorePatterns: ['\\.integration\\.test\\.ts$'],
    },
    {
      ...shared,
      displayName: 'components',
      testEnvironment: 'jsdom',
      testMatch: ['<rootDir>/src/**/*.test.tsx'],
      setupFiles: [...shared.setupFiles, '<rootDir>/src/testing/jsdom-setup.ts'],
    },
    {
      ...shared,
      displayName: 'integration',
      testEnvironment: 'node',
      testMatch: ['<rootDir>/src/**/*.integration.test.ts'],
      globalSetup: '<rootDir>/src/testing/postgres-global-setup.ts',
      globalTeardown: '<rootDir>/src/testing/postgres-global-teardown.ts',
    },
    {
      ...shared,
      displayName: 'e2e',
      testEnvironment: 'node',
      testMatch: ['<rootDir>/e2e/**/*.test.ts'],
      globalSetup: '<rootDir>/e2e/prepare-installation.ts',
      globalTeardown: '<rootDir>/e2e/remove-installation.ts',
    },
  ],
} satisfies Config;
