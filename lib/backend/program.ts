/** Programs on the native addon: decoded once, then run by an empty call. Ops without a native row run in TypeScript in between. */
import { codeOf, sizeOf } from '../core/dtype.ts';
import { ArgumentError } from '../core/errors.ts';
import type { Executable, Instruction, Loop, LoopBody, Program, Running, Slot } from '../core/program.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Addon } from './addon.ts';
import type { Words } from './instructions.ts';
import { compileTypescript } from './typescript.ts';

/** Programs whose executables are collected give their native side back. */
const collected = new FinalizationRegistry<{ addon: Addon; id: number }>(({ addon, id }) => addon.releaseProgram(id));

/** One run of instructions that all have native rows. */
class NativeProgram implements Executable {
  readonly #addon: Addon;
  readonly #words: Words;
  readonly id: number;
  readonly #blockCount: number;

  constructor(addon: Addon, words: Words, rows: ReadonlyMap<string, number>, program: Program) {
    this.#addon = addon;
    this.#words = words;
    this.#blockCount = program.blockCount;
    writeProgram(words, rows, program);
    this.id = addon.createProgram();
    if (this.id < 0) throw new ArgumentError(addon.error());
    collected.register(this, { addon, id: this.id });
  }

  run(blocks: readonly Tensor[]): void {
    this.#lend(blocks);
    if (this.#addon.replay() !== 0) throw new ArgumentError(this.#addon.error());
  }

  time(blocks: readonly Tensor[]): Float64Array {
    this.#lend(blocks);
    return this.#addon.time();
  }

  readonly startLoop = (loop: Loop): Running => {
    writeLoop(this.#words, loop);
    return this.#addon.startLoop();
  };

  #lend(blocks: readonly Tensor[]): void {
    const words = this.#words;
    words.clear();
    words.reserve(1 + 2 * this.#blockCount);
    words.push(this.id);
    for (let i = 0; i < blocks.length; i++) words.pushMemory(blocks[i]);
  }
}

/** As native/program/program.h reads it; a slot that several operands share is written once. */
function writeProgram(words: Words, rows: ReadonlyMap<string, number>, { instructions, blockCount }: Program): void {
  const slots = new Map<Slot, number>();
  for (const { inputs, outputs } of instructions) {
    for (const slot of [...inputs, ...outputs]) if (!slots.has(slot)) slots.set(slot, slots.size);
  }
  words.clear();
  words.pushAll([blockCount, slots.size]);
  for (const { block, byteOffset, dtype, shape } of slots.keys()) words.pushAll([block, byteOffset, codeOf(dtype), shape.length, ...shape]);
  words.pushAll([instructions.length]);
  for (const { op, attrs, inputs, outputs } of instructions) {
    words.pushAll([rows.get(op.name) as number, inputs.length, outputs.length, 0]);
    const count = words.length - 1;
    words.pushAll([...inputs, ...outputs].map((slot) => slots.get(slot) as number));
    words.set(count, words.pushAttributes(op, attrs));
  }
  // Counts are checked against the words behind them, and those of blocks may be all there is.
  words.pushAll(new Array<number>(blockCount + 1).fill(0));
}

/** As native/program/loop.h reads it. */
function writeLoop(words: Words, loop: Loop): void {
  const { body, tail, rows, rowCount, batchSize, order, start, runs, seed, drawn, log } = loop;
  const address = (tensor: Tensor | undefined): number => (tensor === undefined ? 0 : words.addressOf(tensor));
  words.clear();
  words.pushAll([rowCount, batchSize, address(order), start, runs, seed, drawn, address(log), body.logBlocks.length, rows.length]);
  for (const { tensor, gathered } of rows) {
    words.pushAll([address(tensor), (tensor.size / tensor.shape[0]) * sizeOf(tensor.dtype), address(gathered)]);
  }
  words.pushAll([tail === undefined ? 0 : 1]);
  for (const side of tail === undefined ? [body] : [body, tail]) writeSide(words, side);
  words.pushAll(new Array<number>(rows.length + body.logBlocks.length + 1).fill(0));
}

function writeSide(words: Words, { executable, blocks, rowBlocks, draws, logBlocks }: LoopBody): void {
  words.pushAll([(executable as NativeProgram).id, blocks.length]);
  words.reserve(2 * blocks.length);
  for (const block of blocks) words.pushMemory(block);
  words.pushAll(rowBlocks);
  words.pushAll([draws?.block ?? -1, draws?.before.length ?? 0, ...(draws?.before ?? []), draws?.perRun ?? 0]);
  for (const block of logBlocks) words.pushAll([block, codeOf(blocks[block].dtype)]);
}

/** Instructions cut into runs of those that have native rows and those that have none. */
function cut(instructions: readonly Instruction[], rows: ReadonlyMap<string, number>): Instruction[][] {
  const parts: Instruction[][] = [];
  let wasNative: boolean | undefined;
  for (const instruction of instructions) {
    const isNative = rows.has(instruction.op.name);
    if (isNative !== wasNative) parts.push([]);
    wasNative = isNative;
    parts[parts.length - 1].push(instruction);
  }
  return parts;
}

/** `program` made ready for the addon: one call where every op has a native row, else parts in turn. */
export function compileNative(addon: Addon, words: Words, rows: ReadonlyMap<string, number>, program: Program): Executable {
  const { blockCount } = program;
  const parts = cut(program.instructions, rows).map((instructions): Executable => {
    const part = { instructions, blockCount };
    return rows.has(instructions[0].op.name) ? new NativeProgram(addon, words, rows, part) : compileTypescript(part);
  });
  if (parts.length === 1) return parts[0];
  if (parts.length === 0) return new NativeProgram(addon, words, rows, program);
  return {
    run(blocks) {
      for (const part of parts) part.run(blocks);
    },
    time: (blocks) => Float64Array.from(parts.flatMap((part) => [...part.time(blocks)])),
    startLoop: undefined,
  };
}
