/** The source tree as the tests about the project see it: its root, its files, and how to run a program in it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** A file of the tree: its path from the root, with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The files below `folder` whose path matches `pattern`, sorted by path. */
export function filesOf(folder: string, pattern: RegExp): SourceFile[] {
  let names: string[];
  try {
    names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
  return names
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => pattern.test(path) && !path.includes('/node_modules/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** What a program wrote and how it ended. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and returns what it wrote; the suite's own choice of backend is not handed on. */
export function runProgram(command: string, args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Ran {
  const { GRADTAPE_BACKEND: _backend, GRADTAPE_PREBUILD: _prebuild, LD_PRELOAD: _preload, NODE_OPTIONS: _options, ...env } = process.env;
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: options.cwd ?? root,
    env: { ...env, ...options.env },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { status, stdout: stdout ?? '', stderr: `${stderr ?? ''}${error === undefined ? '' : `${command}: ${error.message}`}` };
}
