// Makes prebuilds/<platform>-<arch>/ for the published package: node scripts/prebuild.mjs [x64 arm64]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './command.mjs';

for (const arch of process.argv.length > 2 ? process.argv.slice(2) : [process.arch]) {
  const id = `${process.platform}-${arch}`;
  // prebuildify looks for build/Release in --cwd: that is where CMake builds, so build/ of a developer stays as it was.
  const cwd = join(root, '.cmake', id);
  mkdirSync(cwd, { recursive: true });
  const strip = arch === process.arch ? 'strip' : 'aarch64-linux-gnu-strip';
  const args = ['--napi', '--strip', '--tag-libc', '--name', 'gradtape', '--arch', arch, '--cwd', cwd, '--out', root];
  const { ok } = run('prebuildify', [...args, '--strip-bin', strip, '--node-gyp', join(root, 'scripts/gyp-to-cmake.mjs')]);
  if (!ok) throw new Error(`prebuild: no addon for ${id}`);
}
