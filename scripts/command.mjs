// How the scripts start other programs: from the root of the repository, with its own tools ahead in PATH.
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const path = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);

/**
 * Runs a program and returns what became of it; its output is shown unless `quiet` collects it.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, quiet?: boolean }} options
 */
export function run(command, args, { env = {}, cwd = root, quiet = false } = {}) {
  const { error, status, signal, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    env: { ...process.env, PATH: path, ...env },
  });
  if (error) return { ok: false, output: `${command}: ${error.message}\n` };
  const output = `${stdout ?? ''}${stderr ?? ''}`;
  return { ok: status === 0, output: signal ? `${output}${command}: ended by ${signal}\n` : output };
}

/** True where `command` can be started. */
export function has(command) {
  return run(command, ['--version'], { quiet: true }).ok;
}
