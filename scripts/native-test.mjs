// Builds native/test and runs it without Node: node scripts/native-test.mjs [--arch arm64] [--sanitize address,undefined]
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { has, root, run } from './command.mjs';
import { buildNative } from './native-build.mjs';

/** How to start a program built for `arch` on this machine; qemu-user where it is another one. */
function emulatorOf(arch) {
  return arch === process.arch ? [] : ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'];
}

/** What is missing on this machine for testing `arch`, or an empty list. */
export function missingFor(arch) {
  return arch === process.arch ? [] : ['aarch64-linux-gnu-g++', 'qemu-aarch64-static'].filter((command) => !has(command));
}

/**
 * Builds and runs the native tests and returns how many checks passed and failed.
 *
 * @param {{ arch?: string, sanitize?: string }} options
 */
export function testNative({ arch = process.arch, sanitize = '' } = {}) {
  const folder = join(buildNative({ arch, sanitize, target: 'native_tests' }), 'native_tests');
  const sources = existsSync(join(root, 'native/test')) ? readdirSync(join(root, 'native/test')) : [];
  const sum = { passed: 0, failed: 0 };
  for (const source of sources.filter((name) => name.endsWith('_test.cc')).sort()) {
    const name = source.replace(/\.cc$/, '');
    const [command, ...args] = [...emulatorOf(arch), join(folder, name)];
    const { ok, output } = run(command, args, { quiet: true });
    // Each test program closes with this line; one that crashed before it counts as one failure.
    const counted = /^(\d+) passed, (\d+) failed$/m.exec(output);
    const passed = counted ? Number(counted[1]) : 0;
    const failed = counted ? Math.max(Number(counted[2]), ok ? 0 : 1) : 1;
    console.log(` ${failed === 0 ? '✓' : '✗'} ${name} (${passed} checks${failed === 0 ? '' : `, ${failed} failed`})`);
    if (failed > 0) console.log(output.replaceAll(/^/gm, '     '));
    sum.passed += passed;
    sum.failed += failed;
  }
  return sum;
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { arch: { type: 'string' }, sanitize: { type: 'string' } } });
  const missing = missingFor(values.arch ?? process.arch);
  if (missing.length > 0)
    throw new Error(`native tests: ${missing.join(' and ')} not found; on Debian: apt-get install g++-aarch64-linux-gnu qemu-user-static`);
  const { passed, failed } = testNative(values);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
