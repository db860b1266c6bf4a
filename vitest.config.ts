/** The test suite: everything about the library once per backend, everything about the project itself once. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const alias = { gradtape: fileURLToPath(new URL('./lib/index.ts', import.meta.url)) };

/** Tests of the source tree, the documents and the package: no backend changes their answer. */
const aboutTheProject = ['test/architecture.test.ts', 'test/docs.test.ts', 'test/package/**/*.test.ts', 'test/examples/**/*.test.ts'];

/** The library's own tests on one backend; test/backend/chosen.test.ts holds that it really ran. */
function library(backend: 'native' | 'typescript') {
  return {
    resolve: { alias },
    test: {
      name: backend,
      include: ['test/**/*.test.ts'],
      exclude: aboutTheProject,
      env: { GRADTAPE_BACKEND: backend },
      pool: 'forks' as const,
      testTimeout: 60_000,
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      library('native'),
      library('typescript'),
      {
        resolve: { alias },
        test: { name: 'project', include: aboutTheProject, pool: 'forks', testTimeout: 240_000, hookTimeout: 240_000 },
      },
    ],
    coverage: { provider: 'v8', include: ['lib/**/*.ts'], exclude: ['lib/cli.ts'] },
  },
});
