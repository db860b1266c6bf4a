// The whole test suite, closing with one line that counts every test of every part: N passed, N failed
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.mjs';
import { buildLibrary } from './library-build.mjs';
import { lint } from './lint.mjs';
import { buildNative, install } from './native-build.mjs';
import { missingFor, testNative } from './native-test.mjs';

const sum = { passed: 0, failed: 0 };

/** Runs one part under a heading; what it returns is added to the sum, what it throws is one failure. */
async function part(name, body) {
  console.log(`\n── ${name}`);
  const start = performance.now();
  try {
    const { passed = 0, failed = 0 } = (await body()) ?? {};
    sum.passed += passed;
    sum.failed += failed;
  } catch (error) {
    console.error(error.message);
    sum.failed += 1;
  }
  console.log(`   ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** Runs vitest and reads its own count: every backend is a project of vitest.config.ts. */
function testLibrary() {
  const folder = mkdtempSync(join(tmpdir(), 'gradtape-test-'));
  const report = join(folder, 'report.json');
  try {
    const { ok } = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    // A file that cannot be loaded fails without a test of its own.
    const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
    return { passed: numPassedTests, failed: Math.max(numFailedTests + broken, ok ? 0 : 1) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await part('lint and types', () => ({ failed: lint().length }));
await part('build', async () => {
  install(buildNative());
  await buildLibrary();
});
await part('native tests', () => testNative());
await part('native tests for arm64, emulated', () => {
  const missing = missingFor('arm64');
  if (missing.length === 0) return testNative({ arch: 'arm64' });
  console.log(`not run: ${missing.join(' and ')} not installed`);
});
await part('library, native and TypeScript; documents; package', testLibrary);

console.log(`\n${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 ? 0 : 1;
