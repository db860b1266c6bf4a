/** The layout of the project as a test: who may import whom, how long a file is, what is documented, what is public. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { filesOf, type SourceFile } from './support/project.ts';

const lib = filesOf('lib', /\.ts$/);
const native = filesOf('native', /\.(cc|h)$/);
const tests = filesOf('test', /\.ts$/);
const programs = [...filesOf('bench', /\.ts$/), ...filesOf('examples', /\.ts$/)];
const scripts = filesOf('scripts', /\.mjs$/);
const typescript = [...lib, ...tests, ...programs];
const everything = [...typescript, ...native, ...scripts];

/** Which rooms each room of lib/ may import from, besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  kernels: ['core'],
  backend: ['core', 'kernels'],
  ops: ['core', 'kernels'],
  autodiff: ['core', 'ops'],
  graph: ['core', 'ops'],
  control: ['core', 'kernels', 'ops', 'autodiff', 'graph'],
  initializers: ['core', 'ops'],
  regularizers: ['core', 'ops'],
  constraints: ['core', 'ops'],
  losses: ['core', 'ops'],
  metrics: ['core', 'ops'],
  optimizers: ['core', 'ops', 'autodiff'],
  layers: ['core', 'ops', 'control', 'initializers', 'regularizers', 'constraints'],
  data: ['core', 'ops'],
  io: ['core', 'layers'],
  models: [
    'core',
    'ops',
    'autodiff',
    'graph',
    'initializers',
    'regularizers',
    'constraints',
    'losses',
    'metrics',
    'optimizers',
    'layers',
    'data',
    'io',
  ],
  'index.ts': ['*'],
  'cli.ts': ['backend'],
};

/** The same for native/; what Node-API is, only the first two know. */
const MAY_INCLUDE: Readonly<Record<string, readonly string[]>> = {
  'addon.cc': ['binding', 'program', 'kernels', 'core'],
  binding: ['core', 'program'],
  program: ['core', 'kernels'],
  kernels: ['core', 'simd', 'gemm'],
  gemm: ['core', 'simd'],
  simd: [],
  core: ['kernels'],
  test: ['core', 'simd', 'gemm', 'kernels', 'program', 'test'],
};

/** The room a file of lib/ or native/ is in: its folder, or its own name at the top. */
function roomOf(path: string): string {
  return path.split('/')[1];
}

/** `from` joined with the relative `to`, as paths from the root. */
function resolveFrom(from: string, to: string): string {
  return new URL(to, `file:///${from}`).pathname.slice(1);
}

/** Lines of a file that match, as `path:line: text`, for messages. */
function hits(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );
}

/** A word of which this file itself must not be a hit. */
function word(...pieces: string[]): string {
  return pieces.join('');
}

describe('rooms', () => {
  it('of lib/ import only from those they stand on', () => {
    const wrong = lib.flatMap(({ path, text }) =>
      [...text.matchAll(/(?:from|import\()\s*'(\.{1,2}\/[^']+)'/g)].flatMap(([, to]) => {
        const [here, there] = [roomOf(path), roomOf(resolveFrom(path, to))];
        const allowed = MAY_IMPORT[here] ?? [];
        return here === there || allowed.includes(there) || allowed.includes('*') ? [] : [`${path} imports ${to}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('of native/ include only from those they stand on', () => {
    const wrong = native.flatMap(({ path, text }) =>
      [...text.matchAll(/^#include "([^"]+)"/gm)].flatMap(([, to]) => {
        // Beside the file, or from native/.
        const target = native.find((file) => file.path === resolveFrom(path, to)) ?? native.find((file) => file.path === `native/${to}`);
        if (target === undefined) return [`${path} includes ${to}, which is not there`];
        const [here, there] = [roomOf(path), roomOf(target.path)];
        return here === there || (MAY_INCLUDE[here] ?? []).includes(there) ? [] : [`${path} includes ${to}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('are all known', () => {
    expect([...new Set(lib.map(({ path }) => roomOf(path)))].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
    expect([...new Set(native.map(({ path }) => roomOf(path)))].filter((room) => !(room in MAY_INCLUDE))).toEqual([]);
  });

  it('keep Node-API in native/addon.cc and native/binding', () => {
    const elsewhere = native.filter(({ path }) => !['addon.cc', 'binding'].includes(roomOf(path)));
    expect(hits(elsewhere, /#include\s*[<"](napi|node_api|js_native_api|uv|v8|node)\b/)).toEqual([]);
  });

  it('compiled per instruction set use no std templates, whose weak copies the linker could mix up', () => {
    const perSet = native.filter(({ path }) => ['kernels', 'gemm', 'simd'].includes(roomOf(path)));
    expect(
      hits(
        perSet,
        /#include\s*<(?!immintrin\.h|emmintrin\.h|arm_neon\.h|stdint\.h|stddef\.h|string\.h|xmmintrin\.h|math\.h|cstdint|cstddef|cstring)/,
      ),
    ).toEqual([]);
  });

  it('reach the package by its name from tests of the library, bench and examples', () => {
    expect(hits(programs, /from '\.\.?\/.*lib\//)).toEqual([]);
  });
});

describe('files', () => {
  it('have at most 400 lines', () => {
    const long = everything.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 })).filter(({ lines }) => lines > 400);
    expect(long).toEqual([]);
  });

  it('say in their first line what they are', () => {
    const silent = everything.filter(({ path, text }) => {
      const first = text.replace(/^#!.*\n/, '');
      return !(path.endsWith('.ts') ? /^\/\*\*\s/ : /^\/\/ \S/).test(first);
    });
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('are named after what they are about', () => {
    expect(everything.map(({ path }) => path).filter((path) => /(^|\/)(utils?|helpers?|common|internal|misc)(\.|\/)/i.test(path))).toEqual(
      [],
    );
  });
});

describe('the text', () => {
  it('names things after what they do', () => {
    expect(hits([...lib, ...native], /\b(class|interface|type|function|struct|const)\s+\w*(Manager|Helper|Util|Utils|Impl)\b/)).toEqual([]);
    expect(hits(lib, /\binterface I[A-Z][a-z]/)).toEqual([]);
  });

  it('has no default exports, enums or namespaces', () => {
    expect(hits(typescript, /^\s*export default\b|^\s*(export )?(declare )?(const )?(enum|namespace) \w/)).toEqual([]);
  });

  it('has no way around the types, and no unfinished or silenced places', () => {
    const silenced = [word('as', ' any\\b'), word('as', ' unknown as\\b'), word('@ts', '-ignore'), word('@ts', '-nocheck')];
    const unfinished = ['TO|DO', 'FIX|ME', 'XX|X', 'HA|CK'].map((name) => `\\b${name.replace('|', '')}\\b`);
    const skipped = `\\b(it|test|describe)\\.(${['on|ly', 'sk|ip', 'to|do'].map((name) => name.replace('|', '')).join('|')})\\b`;
    expect(hits(everything, new RegExp([...silenced, ...unfinished, skipped].join('|')))).toEqual([]);
  });

  it('has no paths of one machine', () => {
    expect(hits(everything, /['"`(](\/home\/|\/Users\/|\/tmp\/|\/work\/|[A-Z]:\\\\)/)).toEqual([]);
  });

  it('of C++ neither prints nor aborts', () => {
    const engine = native.filter(({ path }) => roomOf(path) !== 'test');
    expect(
      hits(
        engine,
        /\b(std::cout|std::cerr|std::clog|std::abort|std::exit|std::terminate)\b|(^|[^\w.:>])(printf|fprintf|puts|abort|exit|assert)\(/,
      ),
    ).toEqual([]);
  });
});

describe('exports', () => {
  it('are documented, each by a sentence', () => {
    const bare = lib.flatMap(({ path, text }) => {
      const lines = text.split('\n');
      const documented = new Set<string>();
      return lines.flatMap((line, i) => {
        const name = /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type) (\w+)/.exec(line)?.[1];
        // The later signatures of an overloaded function share the words of the first.
        if (name === undefined || documented.has(name)) return [];
        documented.add(name);
        // A note to a tool may stand between the words and the thing.
        const above = lines.slice(0, i).findLast((text) => !text.startsWith('//')) ?? '';
        return /\*\/\s*$/.test(above) ? [] : [`${path}:${i + 1}: ${name}`];
      });
    });
    expect(bare).toEqual([]);
  });

  it('of the package are those of test/api.txt; vitest -u writes it anew', async () => {
    await expect(`${publicNames().join('\n')}\n`).toMatchFileSnapshot('./api.txt');
  });
});

/** The members that a class adds to the one it extends: `Name.method`, and `Name static create` on the class itself. */
function membersOf(path: string, type: { readonly prototype: object }): string[] {
  const methods = Object.getOwnPropertyNames(type.prototype).filter((name) => name !== 'constructor' && !name.startsWith('_'));
  const statics = Object.getOwnPropertyNames(type).filter((name) => !['length', 'name', 'prototype'].includes(name));
  return [...methods.map((name) => `${path}.${name}`), ...statics.map((name) => `${path} static ${name}`)];
}

/** A value and what it holds: the members of a class, of a group such as `tf.layers`. */
function namesIn(path: string, value: unknown): string[] {
  if (typeof value === 'function' && /^class\b/.test(String(value))) return [path, ...membersOf(path, value as never)];
  const isGroup =
    typeof value === 'object' && value !== null && ['Object', 'Module'].includes(Object.prototype.toString.call(value).slice(8, -1));
  return [path, ...(isGroup ? Object.entries(value).flatMap(([name, member]) => namesIn(`${path}.${name}`, member)) : [])];
}

/** Every public name: values as they are at run time, and the types that lib/index.ts lists. */
function publicNames(): string[] {
  const index = lib.find(({ path }) => path === 'lib/index.ts')?.text ?? '';
  const types = [...index.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, allTypes, list]) =>
    list
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '' && (allTypes || item.startsWith('type ')))
      .map((item) => `type ${item.split(' ').at(-1)}`),
  );
  return [...Object.entries(tf).flatMap(([name, value]) => namesIn(name, value)), ...types].sort();
}
