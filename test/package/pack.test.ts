/** The published package: packed, installed without scripts into an empty project elsewhere, and used there. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, runProgram } from '../support/project.ts';

const MEGABYTE = 1 << 20;

const PROGRAM = `
const x = tf.tensor([1, 2, 3]);
const slope = tf.grad((v) => v.mul(v).sum())(x);
console.log(JSON.stringify({ backend: tf.backend().name, slope: slope.arraySync() }));
`;

const TYPED = `
const x: tf.Tensor = tf.tensor([[1, 2], [3, 4]]);
const tape = new tf.GradientTape();
const y: tf.Tensor = tape.record(() => { tape.watch([x]); return x.matMul(x).sum(); });
const [dx]: (tf.Tensor | null)[] = tape.gradient(y, [x]);
const info: tf.BackendInfo = tf.backend();
export const why: string = info.name === 'native' ? info.isa : info.reason;
// @ts-expect-error a shape is not a string
export const shape: string = x.shape;
export { dx };
`;

const SETTINGS = {
  compilerOptions: { target: 'es2022', module: 'nodenext', strict: true, skipLibCheck: false, noEmit: true, types: ['node'] },
  files: ['typed.mts', 'typed.cts'],
};

const project = mkdtempSync(join(tmpdir(), 'gradtape-package-'));
const installed = join(project, 'node_modules/gradtape');
let tarball = '';

/** Runs a program that must succeed and returns what it wrote to its output. */
function must(command: string, args: readonly string[], cwd = root): string {
  const { status, stdout, stderr } = runProgram(command, args, { cwd, env: { npm_config_loglevel: 'error' } });
  expect(status, `${command} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** A program of the development tools. */
function tool(name: string): string {
  return join(root, 'node_modules/.bin', name);
}

/** The folders of the package's dependencies and of Node's types, so that installing them asks no registry. */
function neighbours(): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { dev?: boolean }> };
  const own = Object.keys(packages).filter((folder) => folder !== '' && !packages[folder].dev);
  return [...own, 'node_modules/@types/node', 'node_modules/undici-types'].map((folder) => join(root, folder));
}

beforeAll(() => {
  must(tool('tsc'), ['-p', 'tsconfig.build.json']);
  must('node', ['scripts/prebuild.mjs']);
  tarball = join(project, must('npm', ['pack', '--ignore-scripts', '--pack-destination', project]).trim().split('\n').at(-1) ?? '');
  writeFileSync(join(project, 'package.json'), '{ "name": "elsewhere", "version": "1.0.0", "private": true }\n');
  must(
    'npm',
    ['install', '--ignore-scripts', '--offline', '--install-links', '--no-audit', '--no-fund', tarball, ...neighbours()],
    project,
  );
  writeFileSync(join(project, 'main.mjs'), `import * as tf from 'gradtape';\n${PROGRAM}`);
  writeFileSync(join(project, 'main.cjs'), `const tf = require('gradtape');\n${PROGRAM}`);
  writeFileSync(join(project, 'typed.mts'), `import * as tf from 'gradtape';\n${TYPED}`);
  writeFileSync(join(project, 'typed.cts'), `import tf = require('gradtape');\n${TYPED}`);
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(SETTINGS));
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the tarball', () => {
  it('holds what runs and what builds it, and nothing that npm would build by itself', () => {
    const top = readdirSync(installed).sort();
    expect(top).toEqual([
      'CHANGELOG.md',
      'CMakeLists.txt',
      'LICENSE',
      'README.md',
      'dist',
      'lib',
      'native',
      'package.json',
      'prebuilds',
      'scripts',
    ]);
    expect(readdirSync(join(installed, 'native'))).not.toContain('test');
    expect(readdirSync(join(installed, 'scripts'))).toEqual(['native-build.mjs']);
  });

  it('is small: 3 MB packed, 5 MB for one binary', () => {
    expect(statSync(tarball).size).toBeLessThan(3 * MEGABYTE);
    const folder = join(installed, 'prebuilds', `${process.platform}-${process.arch}`);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).size).toBeLessThan(5 * MEGABYTE);
  });

  it('satisfies publint', () => {
    must(tool('publint'), ['run', '--strict', '--pack', 'false', installed]);
  });

  it('has types that resolve for ES modules', () => {
    must(tool('attw'), [tarball, '--profile', 'esm-only', '--no-emoji', '--no-color']);
  });
});

describe('a program elsewhere', () => {
  // In this order: the binary is there, then it is not.
  const run = (file: string) => runProgram('node', [file], { cwd: project });
  const result = (backend: string) => `${JSON.stringify({ backend, slope: [2, 4, 6] })}\n`;

  it.each(['main.mjs', 'main.cjs'])('%s runs on the native kernels', (file) => {
    expect(run(file)).toEqual({ status: 0, stdout: result('native'), stderr: '' });
  });

  it('the doctor is content', () => {
    expect(must('npx', ['--no-install', 'gradtape', 'doctor'], project)).toMatch(/^backend: +native$/m);
  });

  it('type checks, strictly, as an ES module and as CommonJS', () => {
    must(tool('tsc'), ['-p', project], project);
  });

  it.each(['main.mjs', 'main.cjs'])('%s runs in TypeScript once the binary is gone, and says so in one line', (file) => {
    rmSync(join(installed, 'prebuilds'), { recursive: true, force: true });
    const { status, stdout, stderr } = run(file);
    expect({ status, stdout }).toEqual({ status: 0, stdout: result('typescript') });
    expect(stderr).toMatch(/^gradtape: the native kernels did not load \(.+\).*npx gradtape build-native.*\n$/);
  });

  it('a binary that does not load is a reason, too', () => {
    const folder = join(installed, 'prebuilds', `${process.platform}-${process.arch}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'gradtape.node'), 'torn');
    expect(run('main.mjs')).toMatchObject({ status: 0, stdout: result('typescript'), stderr: expect.stringContaining('did not load') });
    rmSync(join(installed, 'prebuilds'), { recursive: true });
  });

  it('asking for the native kernels where there are none is an error that names the remedy', () => {
    const { status, stderr } = runProgram('node', ['main.mjs'], { cwd: project, env: { GRADTAPE_BACKEND: 'native' } });
    expect(status).toBe(1);
    expect(stderr).toMatch(/ArgumentError: GRADTAPE_BACKEND: the native kernels did not load: .*npx gradtape build-native/);
  });

  it('the doctor names the reason and one command', () => {
    const said = must('npx', ['--no-install', 'gradtape', 'doctor'], project);
    expect(said).toMatch(/^backend: +typescript$/m);
    expect(said).toMatch(/^because: +No native build was found/m);
    expect(said).toMatch(/^mend it: +\S/m);
  });

  it('the doctor sees that the TypeScript backend was asked for', () => {
    const { stdout } = runProgram('npx', ['--no-install', 'gradtape', 'doctor'], { cwd: project, env: { GRADTAPE_BACKEND: 'typescript' } });
    expect(stdout).toMatch(/^mend it: +unset GRADTAPE_BACKEND$/m);
  });

  it('a word the command does not know gets its usage', () => {
    const { status, stdout } = runProgram('npx', ['--no-install', 'gradtape', 'docter'], { cwd: project });
    expect(status).toBe(1);
    expect(stdout).toContain('npx gradtape doctor');
  });
});
