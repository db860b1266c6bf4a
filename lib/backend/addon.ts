/** Finds and loads the native addon, or tells why it did not load. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { ownFolder } from '../core/place.ts';
import type { Running } from '../core/program.ts';

/** What native/addon.cc exports. */
export interface Addon {
  /** Names of the kernel table's rows; an instruction names a row by its position. */
  readonly kernels: readonly string[];
  /** The instruction set whose kernels run: "sse2", "avx2", "avx512" or "neon". */
  readonly isa: string;
  /** Hands over the buffer that instructions are written to, as 8-byte numbers. */
  bind(words: ArrayBuffer): void;
  /** Runs the instruction in the buffer; 0, or 1 with the reason in `error()`. */
  run(): number;
  error(): string;
  /** Makes a program of the words in the buffer: its number, or -1 with the reason in `error()`. */
  createProgram(): number;
  releaseProgram(id: number): void;
  /** Runs the program named in the buffer on the blocks named there; 0, or 1 with the reason in `error()`. */
  replay(): number;
  /** The same, with the microseconds of each instruction; throws the reason. */
  time(): Float64Array;
  /** Starts the loop in the buffer on a thread of its own; throws the reason why not. */
  startLoop(): Running;
  /** The address of a buffer's first byte. */
  address(buffer: ArrayBuffer): number;
  /** How often each row has run in this thread. */
  counts(): Float64Array;
  threads(): number;
  setThreads(count: number): void;
}

/** The loaded addon, or the reason why there is none. */
export type Loaded = { readonly addon: Addon } | { readonly reason: string };

let loaded: Loaded | undefined;

/** Loads the addon on first use, by node-gyp-build: a local build first, then the prebuilt binaries. */
export function loadAddon(): Loaded {
  if (loaded !== undefined) return loaded;
  try {
    const require = createRequire(import.meta.url);
    const root = fileURLToPath(new URL('..', ownFolder));
    const addon: Addon = require('node-gyp-build')(root);
    loaded = { addon };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    loaded = { reason: message.split('\n')[0] };
  }
  return loaded;
}
