/** The error classes of the library and the one wording of unknown options. */

/** An argument that an op, layer or method cannot take; the message reads `who: what is wrong; the values`. */
export class ArgumentError extends Error {
  override readonly name: string = 'ArgumentError';
  /** Stable across releases, for programs that sort errors. */
  readonly code: string = 'ERR_GRADTAPE_ARGUMENT';
}

/** Shapes that do not fit together; the message carries them. */
export class ShapeError extends Error {
  override readonly name: string = 'ShapeError';
  /** Stable across releases, for programs that sort errors. */
  readonly code: string = 'ERR_GRADTAPE_SHAPE';
}

/** The number of single-character edits between two words (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, previous[j] + 1, row[j - 1] + 1));
    }
    previous = row;
  }
  return previous[b.length];
}

/** The known word closest to `word`, or undefined where none is close enough to be a misspelling. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestScore = Math.max(2, Math.ceil(word.length / 3)) + 1;
  for (const candidate of known) {
    const other = candidate.toLowerCase();
    // One word inside the other ("validationFrequency", "validationFreq") is a likely slip, too.
    const score = lower.startsWith(other) || other.startsWith(lower) ? 1 : editDistance(lower, other);
    if (score < bestScore) [best, bestScore] = [candidate, score];
  }
  return best;
}

/** How an unknown word is refused: `fit: unknown option "x"; did you mean "y"?`. */
export function unknownWord(owner: string, kind: string, word: string, known: readonly string[]): ArgumentError {
  const guess = nearest(word, known);
  const hint = guess === undefined ? `known are ${known.join(', ')}` : `did you mean "${guess}"?`;
  return new ArgumentError(`${owner}: unknown ${kind} "${word}"; ${hint}`);
}

/** Refuses keys of `options` that are not among `known`, naming the nearest known one. */
export function checkOptions(owner: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentError(`${owner}: options must be an object; received ${show(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw unknownWord(owner, 'option', key, known);
  }
}

/** `value` itself; an error where it is not true or false. */
export function checkFlag(owner: string, name: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw new ArgumentError(`${owner}: ${name} must be true or false; received ${show(value)}`);
  return value;
}

/** `value` itself; an error where it is not a list. */
export function checkList<T>(owner: string, name: string, value: readonly T[]): readonly T[] {
  if (!Array.isArray(value)) throw new ArgumentError(`${owner}: ${name} must be a list; received ${show(value)}`);
  return value;
}

/** A value as error messages show it: strings quoted, arrays in brackets, objects by their class. */
export function show(value: unknown, around: readonly unknown[] = []): string {
  if (typeof value === 'string') return JSON.stringify(value);
  // An array may lie within itself.
  if (Array.isArray(value)) return around.includes(value) ? '[…]' : `[${value.map((entry) => show(entry, [...around, value])).join(',')}]`;
  if (typeof value === 'function') return value.name === '' ? 'a function' : `function ${value.name}`;
  if (typeof value === 'object' && value !== null) {
    const text = Object.hasOwn(value, 'toString') ? String(value) : '';
    return text !== '' ? text : `a ${value.constructor?.name ?? 'null-prototype object'}`;
  }
  return String(value);
}

/** Refuses what an async function returned: the rest of it would run after its scope has ended. */
export function refusePromise(owner: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  // Nobody else waits for it: were it to fail, that would end the process.
  result.catch(() => {});
  throw new ArgumentError(`${owner} needs a function that is not async; received one that returns a Promise`);
}
