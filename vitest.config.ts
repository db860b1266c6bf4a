/** The test suite: the library once per backend, its kernels once per instruction set, and everything about the project itself once. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const alias = { gradtape: fileURLToPath(new URL('./lib/index.ts', import.meta.url)) };

/** Tests of the source tree, the documents and the package: no backend changes their answer. */
const aboutTheProject = [
  'test/architecture.test.ts',
  'test/docs.test.ts',
  'test/ops-table.test.ts',
  'test/package/**/*.test.ts',
  'test/examples/**/*.test.ts',
];

/** What an instruction set can change: results of kernels. Shapes, errors and formulas of ops do not depend on it. */
const aboutKernels = [
  ...['native', 'agreement', 'large', 'matmul', 'conv', 'reduce', 'random', 'scan', 'special'].map((name) => `test/ops/${name}.test.ts`),
  'test/backend/chosen.test.ts',
];

/** What computes is the only difference between these; test/backend/chosen.test.ts holds that it really was what ran. */
function library(name: string, env: Record<string, string>, include = ['test/**/*.test.ts']): TestProjectInlineConfiguration {
  return { resolve: { alias }, test: { name, env, include, exclude: aboutTheProject, pool: 'forks', testTimeout: 60_000 } };
}

/** The instruction sets below the one that this processor gets by itself. */
function lowerSets(): string[] {
  if (process.arch !== 'x64') return [];
  const cpu = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  return [...(/\bavx2\b/.test(cpu) ? ['sse2'] : []), ...(/\bavx512f\b/.test(cpu) ? ['avx2'] : [])];
}

export default defineConfig({
  test: {
    // One core more than by default: the process that collects results has little to do.
    maxWorkers: availableParallelism(),
    projects: [
      library('native', { GRADTAPE_BACKEND: 'native' }),
      library('typescript', { GRADTAPE_BACKEND: 'typescript' }),
      ...lowerSets().map((isa) => library(isa, { GRADTAPE_BACKEND: 'native', GRADTAPE_ISA: isa }, aboutKernels)),
      {
        resolve: { alias },
        test: { name: 'project', include: aboutTheProject, pool: 'forks', testTimeout: 240_000, hookTimeout: 240_000 },
      },
    ],
    coverage: { provider: 'v8', include: ['lib/**/*.ts'], exclude: ['lib/cli.ts'] },
  },
});
