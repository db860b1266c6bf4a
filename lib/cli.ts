#!/usr/bin/env node
/** The command `gradtape`: says which backend runs here and why, and builds the native one from source. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BackendInfo, backend, kernelCounts } from './backend/backend.ts';

const USAGE = `gradtape: commands

  npx gradtape doctor         which backend runs here, why, and the command that mends what is wrong
  npx gradtape build-native   builds the native kernels from source; needs cmake and a C++20 compiler
`;

/** Environment variables that change what runs, for the doctor to show when one is set. */
const SETTINGS = ['GRADTAPE_BACKEND', 'GRADTAPE_ISA', 'GRADTAPE_NUM_THREADS', 'GRADTAPE_PREBUILD'];

const root = fileURLToPath(new URL('..', import.meta.url));

interface Probe {
  readonly info: BackendInfo;
  readonly kernels: number;
}

/** What a fresh process finds. Another process, because an addon that crashes while loading must not take the doctor with it. */
function examine(): Probe {
  const { stdout, signal } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'probe'], { encoding: 'utf8' });
  if (signal !== null) return unusable(`the addon ends the process with ${signal} when it loads`);
  return JSON.parse(stdout) as Probe;
}

function unusable(reason: string): Probe {
  return { info: { name: 'typescript', reason }, kernels: 0 };
}

function probe(): void {
  console.warn = () => {};
  let found: Probe;
  try {
    found = { info: backend(), kernels: Object.keys(kernelCounts()).length };
  } catch (error) {
    found = unusable(error instanceof Error ? error.message : String(error));
  }
  console.log(JSON.stringify(found));
}

function canRun(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** The one command that brings the native kernels back. */
function remedy(reason: string): string {
  const chosen = SETTINGS.find((name) => reason.includes(name) && process.env[name] !== 'native');
  if (chosen !== undefined) return `unset ${chosen}`;
  const compiler = process.env.CXX ?? (['c++', 'g++', 'clang++'].find(canRun) || undefined);
  if (canRun('cmake') && compiler !== undefined) return 'npx gradtape build-native';
  const tools = {
    darwin: 'xcode-select --install && brew install cmake',
    linux: existsSync('/etc/alpine-release') ? 'apk add build-base cmake' : 'sudo apt-get install -y g++ cmake',
  };
  const install = tools[process.platform as keyof typeof tools];
  return install === undefined
    ? 'install cmake and a C++20 compiler, then npx gradtape build-native'
    : `${install} && npx gradtape build-native`;
}

function doctor(): void {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const { info, kernels } = examine();
  const rows: [string, string][] = [['gradtape', `${version} on Node ${process.versions.node}, ${process.platform}-${process.arch}`]];
  for (const name of SETTINGS) if (process.env[name]) rows.push([name, process.env[name]]);
  rows.push(['backend', info.name]);
  if (info.name === 'native') {
    rows.push(['kernels', `${kernels}, for ${info.isa}`], ['threads', String(info.threads)], ['all well', 'the native kernels compute']);
  } else {
    rows.push(['because', info.reason], ['mend it', remedy(info.reason)]);
  }
  for (const [name, value] of rows) console.log(`${`${name}:`.padEnd(22)} ${value}`);
}

function buildNative(): void {
  const { status } = spawnSync(process.execPath, ['scripts/native-build.mjs'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error('gradtape: the native kernels were not built; the TypeScript backend goes on working. `npx gradtape doctor` explains.');
    process.exitCode = 1;
    return;
  }
  doctor();
}

const commands: Readonly<Record<string, () => void>> = { doctor, probe, 'build-native': buildNative };
const command = process.argv[2] ?? '';
if (Object.hasOwn(commands, command)) commands[command]();
else {
  console.log(USAGE);
  process.exitCode = command === '' || command === '--help' || command === 'help' ? 0 : 1;
}
