// Style and types of the whole tree: biome, clang-format, tsc. With --fix it formats instead of complaining.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { has, root, run } from './command.mjs';

/** Every C++ file. */
function nativeFiles() {
  return ['native', 'bench/compare'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(cc|h)$/.test(file))
      .map((file) => join(folder, file)),
  );
}

/** Runs every check and returns the names of those that failed. */
export function lint({ fix = false } = {}) {
  const checks = [
    ['biome', ['check', '--error-on-warnings', ...(fix ? ['--write'] : []), '.']],
    // Its versions differ in details, so a machine without this one checks all but the C++ layout, and says so.
    ...(has('clang-format') ? [['clang-format', [...(fix ? ['-i'] : ['--dry-run', '-Werror']), ...nativeFiles()]]] : []),
    ['tsc', ['-p', 'tsconfig.json']],
  ];
  if (!has('clang-format')) console.log('clang-format is not installed: the layout of C++ is not checked');
  return checks.filter(([command, args]) => !run(command, args).ok).map(([command]) => command);
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const failed = lint({ fix: process.argv.includes('--fix') });
  if (failed.length > 0) console.error(`lint: ${failed.join(', ')} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
