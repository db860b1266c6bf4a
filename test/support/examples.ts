/** Finds the examples in documents and comments, and turns each into a program that holds the values it states against the real ones. */
import { expect } from 'vitest';
import type { SourceFile } from './project.ts';

/** A piece of code that a reader is shown. */
export interface Example {
  /** Where it stands: `lib/ops/matmul.ts:41`. */
  readonly place: string;
  readonly code: string;
}

/** The \`\`\`ts and \`\`\`js blocks of a document, or the \`@example\` blocks of a source file. */
export function examplesOf({ path, text }: SourceFile): Example[] {
  const pattern = path.endsWith('.md')
    ? /^```(?:ts|js|typescript|javascript)\n([\s\S]*?)^```/gm
    : /^[ \t]*\*[ \t]*@example\b([\s\S]*?)(?=^[ \t]*\*[ \t]*@\w|\*\/)/gm;
  return [...text.matchAll(pattern)].map((match) => {
    const code = path.endsWith('.md')
      ? match[1]
      : match[1]
          .split('\n')
          .map((line) => line.replace(/^[ \t]*\*[ ]?/, ''))
          .filter((line) => !line.startsWith('```'))
          .join('\n');
    return { place: `${path}:${text.slice(0, match.index).split('\n').length}`, code: code.trim() };
  });
}

/** The example as a reader would paste it: it names the package `tf`. */
export function moduleOf(code: string): string {
  return /from 'gradtape'/.test(code) ? `${code}\n` : `import * as tf from 'gradtape';\n\n${code}\n`;
}

/** One line of an example: a whole statement, and what the comment behind it states. */
const STATED = /^(\s*)(?:(const|let) (\w+|\[[\w, ]+\])(?:: [^=]+)? = )?([^/\s].*?);\s*\/\/ (.+)$/;
const NOT_A_VALUE = /^(return|throw|import|export|if|for|while|class|using|const|let|[})])|\.(print|summary)\(\)$|^[\w.]+ [-+*/]?= /;

/** `moduleOf` the example with a comparison for every stated value. */
export function programOf({ code }: Example, support: string): string {
  const lines = moduleOf(code).split('\n');
  const checked = lines.map((line, i) => {
    const [, indent, keyword, names, value, comment] = STATED.exec(line) ?? [];
    const before = (lines[i - 1] ?? '').replace(/\s*\/\/.*$/, '').trim();
    if (value === undefined || !/^$|[;{}]$/.test(before) || !isBalanced(value) || literalIn(comment) === undefined) return line;
    const words = JSON.stringify(comment);
    if (keyword !== undefined) return `${line}\n${indent}stated(${names.replace(/^\[(\w+)\]$/, '$1')}, ${words});`;
    if (NOT_A_VALUE.test(value)) return line;
    return `${indent}stated(${/^console\.log\((.*)\)$/.exec(value)?.[1] ?? value}, ${words});`;
  });
  return `import { stated } from '${support}';\n${checked.join('\n')}`;
}

function isBalanced(text: string): boolean {
  return [/[([{]/g, /[)\]}]/g].map((brackets) => text.match(brackets)?.length ?? 0).reduce((a, b) => (a === b ? 1 : 0)) === 1;
}

/** The JavaScript literal that a comment begins with, or undefined where it is prose. */
function literalIn(comment: string): { readonly value: unknown } | undefined {
  const literal =
    /^(-?(?:\d[\d_]*(?:\.\d+)?(?:e[-+]?\d+)?|Infinity)|NaN|true|false|null|undefined|'[^']*'|"[^"]*")(?![\w.])|^(\[.*\]|\{.*\})/.exec(
      comment.trim(),
    )?.[0];
  if (literal === undefined) return undefined;
  try {
    return { value: new Function(`return (${literal});`)() };
  } catch {
    return undefined;
  }
}

/** A value as plain data: tensors and variables as arrays, typed arrays as arrays. */
function plain(value: unknown): unknown {
  if (value !== null && typeof value === 'object') {
    if ('arraySync' in value && typeof value.arraySync === 'function') return plain(value.arraySync());
    if (Array.isArray(value)) return value.map(plain);
    if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
  }
  return value;
}

/** Numbers replaced by `wanted`'s where they agree to the decimals that the comment shows, so that a comparison reads well. */
function rounded(got: unknown, wanted: unknown, tolerance: number): unknown {
  if (typeof got === 'number' && typeof wanted === 'number')
    return Math.abs(got - wanted) <= tolerance * Math.max(1, Math.abs(wanted)) ? wanted : got;
  if (Array.isArray(got) && Array.isArray(wanted)) return got.map((item, i) => rounded(item, wanted[i], tolerance));
  if (got !== null && typeof got === 'object' && wanted !== null && typeof wanted === 'object') {
    return Object.fromEntries(Object.entries(got).map(([name, member]) => [name, rounded(member, Reflect.get(wanted, name), tolerance)]));
  }
  return got;
}

/** Holds a value of an example against the comment behind it. */
export function stated(value: unknown, comment: string): void {
  const wanted = literalIn(comment)?.value;
  const decimals = Math.max(0, ...[...comment.matchAll(/\d\.(\d+)/g)].map(([, digits]) => digits.length));
  const tolerance = decimals === 0 ? 1e-5 : 0.6 * 10 ** -decimals;
  expect(rounded(plain(value), wanted, tolerance), `stated: ${comment}`).toEqual(wanted);
}
