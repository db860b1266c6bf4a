// The whole suite on an addon that watches itself: node scripts/sanitize.mjs [address,undefined | thread] [vitest filters]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { run } from './command.mjs';
import { buildNative } from './native-build.mjs';
import { testNative } from './native-test.mjs';

const [sanitize = 'address,undefined', ...filters] = process.argv.slice(2);
const native = testNative({ sanitize });
console.log(`native tests: ${native.passed} passed, ${native.failed} failed`);

/** Node itself is not instrumented, so the sanitizer's run-time library has to be there before it. */
function libraryOf(name) {
  return spawnSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim();
}
const preload = (sanitize.includes('thread') ? ['libtsan.so'] : ['libasan.so', 'libubsan.so']).concat('libstdc++.so');

const suite = run('vitest', ['run', '--project=native', ...filters], {
  env: {
    // node-gyp-build looks here first.
    GRADTAPE_PREBUILD: join(buildNative({ sanitize }), '..'),
    LD_PRELOAD: preload.map(libraryOf).join(' '),
    // Node keeps much until it exits, so leaks of one's own would drown; the native tests look for those.
    ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1',
    UBSAN_OPTIONS: 'print_stacktrace=1',
    // The same goes for threads that are not ours.
    TSAN_OPTIONS: 'ignore_noninstrumented_modules=1:report_signal_unsafe=0:halt_on_error=1',
  },
});
process.exitCode = suite.ok && native.failed === 0 ? 0 : 1;
