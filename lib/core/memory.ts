/**
 * Where tensors live: garbage-collected slabs, carved by bumping a pointer.
 *
 * V8 frees a slab when the last tensor in it is unreachable, even in a loop that never yields to the event loop, so nothing
 * has to be disposed. What is known to be dead (`dispose`, `tidy`, a spent tape) goes to a free list and saves the page faults of
 * fresh memory. ARCHITECTURE.md, "Memory", has the measurements behind this.
 */
import { ArgumentError } from './errors.ts';

const ALIGNMENT = 64;
const SLAB_BYTES = 1 << 20;
/** Blocks up to this many bytes have small slabs of their own. */
const SMALL_BYTES = 1 << 10;
/**
 * A slab must die young. A megabyte of scalars lasts for many thousand ops, so that it lived through two collections of V8's young generation, was
 * moved to the old one, and waited there with some fifty others for a full collection.
 */
const SMALL_SLAB_BYTES = 1 << 16;
/** Blocks above this own their buffer, so that a small survivor never holds a large one. */
const LARGE_BYTES = 1 << 18;
/** The free list gives up blocks beyond this many bytes; the collector takes them. */
const FREE_LIMIT = 1 << 29;

/** A collected buffer and its address, 0 until someone who needs it asks. */
export class Slab {
  readonly buffer: ArrayBuffer;
  address: number;
  constructor(buffer: ArrayBuffer, address: number) {
    this.buffer = buffer;
    this.address = address;
  }
}

/** A block of a slab, shared by the tensors that view it. */
export class Storage {
  readonly slab: Slab;
  readonly byteOffset: number;
  readonly byteLength: number;
  /** Tensors that view this block and were not disposed. */
  shares = 1;
  constructor(slab: Slab, byteOffset: number, byteLength: number) {
    this.slab = slab;
    this.byteOffset = byteOffset;
    this.byteLength = byteLength;
  }
}

/** What the native backend attaches to learn the address of a buffer; without it addresses stay 0. */
export const addresses: { of: (buffer: ArrayBuffer) => number } = { of: () => 0 };

/** The slab that blocks are carved from, and how much of it is. */
interface Carving {
  slab: Slab | undefined;
  used: number;
  readonly bytes: number;
}

const small: Carving = { slab: undefined, used: 0, bytes: SMALL_SLAB_BYTES };
const medium: Carving = { slab: undefined, used: 0, bytes: SLAB_BYTES };
let freeBytes = 0;
const freeBlocks = new Map<number, Storage[]>();

function newSlab(bytes: number): Slab {
  let buffer: ArrayBuffer;
  try {
    // allocUnsafeSlow never zeroes and never shares Node's own pool.
    buffer = Buffer.allocUnsafeSlow(bytes + ALIGNMENT).buffer as ArrayBuffer;
  } catch {
    throw new ArgumentError(`memory: a block of ${bytes} bytes cannot be allocated`);
  }
  return new Slab(buffer, addresses.of(buffer));
}

function firstAligned(slab: Slab): number {
  return (ALIGNMENT - (slab.address % ALIGNMENT)) % ALIGNMENT;
}

/** An uninitialised block of at least `bytes` bytes, 64-byte aligned where the address is known. */
export function allocate(bytes: number): Storage {
  // What is no number would spoil the slab for everyone after.
  if (!(bytes >= 0)) throw new Error(`memory: a block of ${bytes} bytes`);
  const rounded = bytes === 0 ? ALIGNMENT : Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
  const blocks = freeBlocks.get(rounded);
  if (blocks !== undefined) {
    const block = blocks.pop();
    if (block !== undefined) {
      freeBytes -= rounded;
      block.shares = 1;
      return block;
    }
  }
  if (rounded > LARGE_BYTES) {
    const slab = newSlab(rounded);
    return new Storage(slab, firstAligned(slab), rounded);
  }
  const carving = rounded > SMALL_BYTES ? medium : small;
  if (carving.slab === undefined || carving.used + rounded > carving.bytes) {
    carving.slab = newSlab(carving.bytes);
    carving.used = 0;
  }
  const { slab, used } = carving;
  carving.used += rounded;
  return new Storage(slab, firstAligned(slab) + used, rounded);
}

/** Drops one share of a block; the last one returns it to the free list. */
export function release(storage: Storage): void {
  if (--storage.shares > 0 || freeBytes + storage.byteLength > FREE_LIMIT) return;
  freeBytes += storage.byteLength;
  const blocks = freeBlocks.get(storage.byteLength);
  if (blocks === undefined) freeBlocks.set(storage.byteLength, [storage]);
  else blocks.push(storage);
}

/** Forgets all free blocks, so that the collector can have them. */
export function trim(): void {
  freeBlocks.clear();
  freeBytes = 0;
}

/** Bytes that wait in the free list. */
export function freeListBytes(): number {
  return freeBytes;
}
