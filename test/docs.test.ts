/** Every example that the README and the comments of lib/ show is compiled, strictly, and run; the values they state are compared. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { examplesOf, moduleOf, programOf } from './support/examples.ts';
import { filesOf, root, runProgram } from './support/project.ts';

const readme = { path: 'README.md', text: readFileSync(join(root, 'README.md'), 'utf8') };
const examples = [readme, ...filesOf('docs', /\.md$/), ...filesOf('lib', /\.ts$/)].flatMap(examplesOf);

// Inside the repository, so that `gradtape` means this source tree to the compiler and to vitest.
mkdirSync(join(root, 'build'), { recursive: true });
const folder = mkdtempSync(join(root, 'build/examples-'));
const started = process.cwd();

/** The file of an example; the compiler names it in its messages. */
function fileOf(place: string, kind: 'typed' | 'run'): string {
  return join(folder, kind, `${place.replace(/[^\w]+/g, '-')}.ts`);
}

for (const kind of ['typed', 'run'] as const) mkdirSync(join(folder, kind));
for (const example of examples) {
  writeFileSync(fileOf(example.place, 'typed'), moduleOf(example.code));
  writeFileSync(fileOf(example.place, 'run'), programOf(example, '../../../test/support/examples.ts'));
}
// What an example declares and does not use is for its reader.
const settings = {
  extends: '../../tsconfig.json',
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
  include: ['typed'],
};
writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));

beforeEach(() => {
  // Each example starts as a new program does: no seed set, no names taken, files of its own.
  vi.resetModules();
  vi.spyOn(console, 'log').mockImplementation(() => {});
  process.chdir(folder);
});

afterEach(() => {
  process.chdir(started);
  vi.restoreAllMocks();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('there are examples, in the README too', () => {
  expect(examples.length).toBeGreaterThan(0);
  expect(examples.some(({ place }) => place.startsWith('README.md'))).toBe(true);
});

it('all of them compile', () => {
  const { stdout } = runProgram(join(root, 'node_modules/.bin/tsc'), ['-p', folder]);
  expect(stdout).toBe('');
});

it.each(examples)('$place runs', async ({ place }) => {
  await import(fileOf(place, 'run'));
});
