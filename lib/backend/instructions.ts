/** Words that native code reads: 8-byte numbers in one buffer, which grows when something long is written. */
import { codeOf } from '../core/dtype.ts';
import type { AnyOp, Attribute } from '../core/op.ts';
import { byteOffsetOf, isDeferred, storageOf, type Tensor } from '../core/tensor.ts';
import type { Addon } from './addon.ts';

/** Words to begin with. */
const INITIAL_WORDS = 4096;

/** The buffer that an addon reads, and where the next word goes. */
export class Words {
  readonly #addon: Addon;
  #words: Float64Array<ArrayBuffer> = new Float64Array(INITIAL_WORDS);
  /** How many words are written. */
  length = 0;

  constructor(addon: Addon) {
    this.#addon = addon;
    addon.bind(this.#words.buffer);
  }

  /** Begins anew. */
  clear(): void {
    this.length = 0;
  }

  /** Makes room for `count` more words, keeping what is written. */
  reserve(count: number): void {
    if (this.length + count <= this.#words.length) return;
    const longer = new Float64Array((this.length + count) * 2);
    longer.set(this.#words);
    this.#words = longer;
    this.#addon.bind(longer.buffer);
  }

  /** Writes a number, for which there must be room. */
  push(word: number): void {
    this.#words[this.length++] = word;
  }

  /** Writes over an earlier number. */
  set(position: number, word: number): void {
    this.#words[position] = word;
  }

  /** Writes a list of numbers. */
  pushAll(list: readonly number[]): void {
    this.reserve(list.length);
    for (let i = 0; i < list.length; i++) this.push(list[i]);
  }

  /** Makes values that nobody asked for yet. That runs ops, which write here too. */
  #settle(tensor: Tensor): void {
    const written = this.#words.slice(0, this.length);
    storageOf(tensor);
    this.clear();
    this.reserve(written.length);
    this.#words.set(written);
    this.length = written.length;
  }

  /** Writes a tensor's address and the bytes of its block from there on. */
  pushMemory(tensor: Tensor): void {
    if (isDeferred(tensor)) this.#settle(tensor);
    const { byteLength, byteOffset } = storageOf(tensor);
    this.push(this.addressOf(tensor));
    this.push(byteLength - (byteOffsetOf(tensor) - byteOffset));
  }

  /** Where a tensor's first element is; asked for only now if its memory is older than the native backend. */
  addressOf(tensor: Tensor): number {
    if (isDeferred(tensor)) this.#settle(tensor);
    const { slab } = storageOf(tensor);
    if (slab.address === 0) slab.address = this.#addon.address(slab.buffer);
    return slab.address + byteOffsetOf(tensor);
  }

  /** Writes an operand of a single instruction: address, size, bytes behind it, dtype, rank, dimensions (native/program/instruction.h). */
  pushOperand(tensor: Tensor): void {
    const { shape } = tensor;
    this.reserve(5 + shape.length);
    this.pushMemory(tensor);
    const bytes = this.#words[this.length - 1];
    this.#words[this.length - 1] = tensor.size;
    this.push(bytes);
    this.push(codeOf(tensor.dtype));
    this.push(shape.length);
    for (let i = 0; i < shape.length; i++) this.push(shape[i]);
  }

  /** Writes the attributes of an op in the order in which it declares them; returns how many words they took. */
  pushAttributes(op: AnyOp, attributes: unknown): number {
    const attrs = attributes as Record<string, Attribute>;
    const start = this.length;
    for (const name of op.attrs) {
      const value = attrs[name];
      if (typeof value === 'object') {
        this.reserve(value.length + 1);
        this.push(value.length);
        for (let i = 0; i < value.length; i++) this.push(value[i]);
      } else {
        this.reserve(1);
        this.push(Number(value));
      }
    }
    return this.length - start;
  }
}
