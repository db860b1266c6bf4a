/** The reference loop that draws classes whose numbers are sorted by how common they are. */
import type { View } from '../core/op.ts';
import { blockAt, double } from './philox.ts';

/** Of how many classes, and whether each at most once. */
export interface CandidateAttrs {
  readonly count: number;
  readonly rangeMax: number;
  readonly unique: boolean;
}

/** Outputs classes of which k has the probability `log((k + 2) / (k + 1)) / log(rangeMax + 1)`, one a block, and how many draws it took. */
export function logUniformCandidatesKernel([state]: readonly View[], [classes, tries]: readonly View[], attrs: CandidateAttrs): void {
  const { count, rangeMax, unique } = attrs;
  const range = Math.log(rangeMax + 1);
  const seen = new Set<number>();
  let draws = 0;
  for (let i = 0; i < count; i++) {
    for (let attempt = 0, found = false; !found; attempt++) {
      const words = blockAt(state, i, attempt);
      // Rounding must not lead out of the range.
      const value = Math.min(rangeMax - 1, Math.floor(Math.exp(double(words[0], words[1]) * range)) - 1);
      draws++;
      found = !unique || !seen.has(value);
      if (!found) continue;
      seen.add(value);
      classes.data[i] = value;
    }
  }
  tries.data[0] = draws;
}
