/** Runs the programs of examples/ within the tests, on the library's sources. */
import { vi } from 'vitest';

/** The lines that a program prints; `load` imports its module, which runs it as `node program.js ...args` would. */
export async function linesOf(load: () => Promise<unknown>, args: readonly string[] = []): Promise<string[]> {
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
    printed.push(values.join(' '));
  });
  const given = process.argv;
  process.argv = [given[0], 'program.js', ...args];
  vi.stubEnv('GRADTAPE_DATA', '');
  // A module runs on its first import only.
  vi.resetModules();
  try {
    await load();
  } finally {
    process.argv = given;
    vi.unstubAllEnvs();
    log.mockRestore();
  }
  return printed.join('\n').split('\n');
}
