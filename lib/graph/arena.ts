/** Packs regions that live for a while into one stretch of memory. */

/** Memory that is needed from one instruction to another, both included. */
export interface Region {
  readonly bytes: number;
  readonly begin: number;
  readonly end: number;
}

/** Every region begins at a multiple of so many bytes: a cache line, and what vectors want. */
const ALIGNMENT = 64;

/**
 * Offsets that keep apart the regions that are needed at the same time, and the length of it all: the largest first, each into the smallest gap that it fits
 * (Pisarchyk and Lee 2020, "greedy by size").
 */
export function placeAll(regions: readonly Region[]): { bytes: number; offsets: number[] } {
  const offsets = new Array<number>(regions.length).fill(0);
  const order = regions.map((_, i) => i).sort((a, b) => regions[b].bytes - regions[a].bytes || regions[a].begin - regions[b].begin);
  const lengthOf = (region: Region): number => Math.ceil(region.bytes / ALIGNMENT) * ALIGNMENT;
  /** Placed regions by offset. */
  const placed: number[] = [];
  let bytes = 0;
  for (const i of order) {
    const region = regions[i];
    const length = lengthOf(region);
    let best = -1;
    let bestGap = Number.POSITIVE_INFINITY;
    let free = 0;
    for (const j of placed) {
      const other = regions[j];
      if (other.end < region.begin || other.begin > region.end) continue;
      const gap = offsets[j] - free;
      if (gap >= length && gap < bestGap) {
        best = free;
        bestGap = gap;
      }
      free = Math.max(free, offsets[j] + lengthOf(other));
    }
    offsets[i] = best < 0 ? free : best;
    bytes = Math.max(bytes, offsets[i] + length);
    const at = placed.findIndex((j) => offsets[j] > offsets[i]);
    placed.splice(at < 0 ? placed.length : at, 0, i);
  }
  return { bytes, offsets };
}
