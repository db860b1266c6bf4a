/** Where user code stands: the innermost caller outside of this library. */
import { fileURLToPath } from 'node:url';

/** The folder that this library runs from: lib/ of its sources, or dist/ of the package. */
export const ownFolder: URL = new URL(/^.*\/(?:lib|dist)\//.exec(import.meta.url)?.[0] ?? '.', import.meta.url);
/** The same as stack traces write it: a URL or a path. */
const ownPlaces = ownFolder.protocol === 'file:' ? [ownFolder.href, fileURLToPath(ownFolder)] : [ownFolder.href];

/** The file and line of the innermost caller outside of this library. */
export function userLine(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  const { stack = '' } = new Error('where');
  Error.stackTraceLimit = limit;
  for (const line of stack.split('\n').slice(1)) {
    const place = /\(?([^\s()]+:\d+:\d+)\)?$/.exec(line)?.[1];
    if (place !== undefined && !place.startsWith('node:') && !ownPlaces.some((folder) => place.startsWith(folder))) {
      return place.startsWith('file:') ? place.replace(/^file:\/\//, '') : place;
    }
  }
  return 'an unknown place';
}
