#!/usr/bin/env node
// Builds what CMakeLists.txt describes and leaves build/Release/gradtape.node; quick where nothing changed.
//
// In this repository cmake-js drives CMake; in an installed package cmake and a compiler are enough, since the headers are
// ordinary dependencies. Each platform and sanitizer builds in a folder of its own under .cmake.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function run(command, args) {
  const jobs = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism());
  const { error, status, signal } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, CMAKE_BUILD_PARALLEL_LEVEL: jobs },
  });
  if (error) throw new Error(error.code === 'ENOENT' ? `${command} is not installed` : `${command}: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ended with ${signal ?? `exit code ${status}`}`);
}

/** Forgets a build folder that was configured for another place: CMake would refuse to touch it. */
function forgetMoved(folder) {
  const cache = join(folder, 'CMakeCache.txt');
  if (!existsSync(cache)) return;
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(readFileSync(cache, 'utf8'))?.[1];
  if (home !== root) rmSync(folder, { recursive: true, force: true });
}

/**
 * Configures where that is needed, builds `target` and returns the folder it was built in.
 *
 * @param {{ arch?: string, sanitize?: string, target?: string }} options
 */
export function buildNative({ arch = process.arch, sanitize = '', target = 'gradtape' } = {}) {
  const platform = process.env.PREBUILD_PLATFORM ?? process.platform;
  const id = `${platform}-${arch}${process.env.PREBUILD_LIBC === 'musl' ? '-musl' : ''}`;
  const folder = join(root, '.cmake', sanitize ? `${id}-${sanitize.replaceAll(',', '-')}` : id, 'build');
  forgetMoved(folder);
  if (!['build.ninja', 'Makefile'].some((file) => existsSync(join(folder, file)))) {
    const definitions = {
      GRADTAPE_SANITIZE: sanitize,
      ...(platform === process.platform && arch === process.arch
        ? {}
        : { CMAKE_TOOLCHAIN_FILE: join(root, 'native/cmake', `${id}.cmake`) }),
    };
    // Only this repository's own cmake-js: one that an installed package happens to find above it may be any version.
    const cmakeJs = join(root, 'node_modules/cmake-js/bin/cmake-js');
    if (existsSync(cmakeJs)) {
      const args = Object.entries(definitions).map(([name, value]) => `--CD${name}=${value}`);
      run(process.execPath, [cmakeJs, 'configure', '--log-level', 'error', '-O', folder, '-a', arch, ...args]);
    } else {
      const args = Object.entries(definitions).map(([name, value]) => `-D${name}=${value}`);
      run('cmake', ['-S', root, '-B', folder, `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(folder, 'Release')}`, ...args]);
    }
  }
  run('cmake', ['--build', folder, '--config', 'Release', '--target', target]);
  return folder;
}

/** Puts the addon where node-gyp-build looks first, whole or not at all: a process that has the old one mapped keeps it. */
export function install(folder) {
  const release = join(root, 'build/Release');
  const fresh = join(release, `gradtape.node.${process.pid}`);
  mkdirSync(release, { recursive: true });
  copyFileSync(join(folder, 'Release/gradtape.node'), fresh);
  renameSync(fresh, join(release, 'gradtape.node'));
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  try {
    install(buildNative());
  } catch (error) {
    console.error(`native build: ${error.message}`);
    process.exitCode = 1;
  }
}
