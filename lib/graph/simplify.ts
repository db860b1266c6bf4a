/** What makes a graph smaller without changing what it computes: a list of passes, each of which can be left out. */
import { unknownWord } from '../core/errors.ts';
import { dropDead } from './dead.ts';
import { absorbFollowers } from './epilogue.ts';
import { foldConstants } from './fold.ts';
import { fuseElementwise } from './fuse.ts';
import type { Graph } from './graph.ts';
import { shareRepeats } from './repeats.ts';
import { absorbTransposes } from './transposes.ts';

/** A pass by name. */
export type PassName = keyof typeof PASSES;

const PASSES = {
  dead: dropDead,
  fold: foldConstants,
  repeats: shareRepeats,
  transposes: absorbTransposes,
  epilogue: absorbFollowers,
  fuse: fuseElementwise,
} as const;

/** Refuses names of passes that there are none of. */
export function checkPasses(owner: string, names: readonly string[]): void {
  for (const name of names) if (!Object.hasOwn(PASSES, name)) throw unknownWord(owner, 'pass', name, Object.keys(PASSES));
}

/** The graph after every pass that is not in `without`. */
export function simplify(graph: Graph, without: readonly string[] = []): Graph {
  let simple = graph;
  for (const [name, pass] of Object.entries(PASSES)) {
    if (without.includes(name)) continue;
    simple = pass(simple);
    // What a pass has made useless goes at once.
    if (!without.includes('dead')) simple = dropDead(simple);
  }
  return simple;
}
