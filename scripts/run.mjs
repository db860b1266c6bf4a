// Builds what is missing, then runs a program of examples/ or bench/: node scripts/run.mjs examples/mnist --epochs 3
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './command.mjs';
import { buildLibrary } from './library-build.mjs';

const [program, ...args] = process.argv.slice(2);
if (!program) throw new Error('run: name a program, such as examples/mnist');

// Without a compiler the library still works, slower; it says so itself when it loads.
run('node', ['scripts/native-build.mjs']);

await buildLibrary();
if (!run('tsc', ['-p', 'tsconfig.programs.json']).ok) process.exit(1);

const compiled = [`${program}.js`, `${program}/main.js`, `${program}/index.js`]
  .map((file) => join(root, 'dist-programs', file))
  .find(existsSync);
if (!compiled) throw new Error(`run: there is no ${program}.ts or ${program}/main.ts`);
process.exitCode = run(process.execPath, ['--expose-gc', compiled, ...args], { cwd: process.cwd() }).ok ? 0 : 1;
