/** The loops over steps: here or off this thread, with callbacks told in between and the event loop kept turning. */
import { setImmediate } from 'node:timers/promises';
import type { Batch, RowSource } from './batches.ts';
import type { Callback } from './callbacks.ts';
import type { RunningSteps, Step, StepLogs } from './step.ts';

/** Who is told of steps, and what may end them. */
export interface Watch {
  /** Steps between two calls of callbacks. */
  readonly every: number;
  readonly callbacks: readonly Callback[];
  readonly signal: AbortSignal | undefined;
}

/** The longest time between two turns of the event loop, in milliseconds, unless a step takes longer. */
const TURN = 10;
/** How often a progress bar hears of steps that run off this thread, in milliseconds. */
const GLANCE = 50;

/** When the event loop turned last for one of these loops: epochs may be shorter than the time between two turns. */
let lastTurn = 0;

/** To be awaited between steps: lets the event loop turn when that is due. */
export function turn(): Promise<void> | undefined {
  if (performance.now() - lastTurn < TURN) return undefined;
  return setImmediate().then(() => {
    lastTurn = performance.now();
  });
}

async function tell({ callbacks }: Watch, step: number, logs: StepLogs): Promise<void> {
  for (const callback of callbacks) {
    const pending = callback.onBatchEnd(step, logs);
    if (pending !== undefined) await pending;
  }
}

/** Waits for steps off this thread; a signal ends them after the one at hand, and those who only glance are told now and then. */
async function waitFor(running: RunningSteps, first: number, { callbacks, signal }: Watch, glance: boolean): Promise<number> {
  const stop = (): void => running.stop();
  signal?.addEventListener('abort', stop);
  // It may have come while the step was made ready.
  if (signal?.aborted) stop();
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop();
  };
  const look = async (): Promise<void> => {
    const done = running.progress();
    if (done > 0) for (const callback of callbacks) await callback.onBatchEnd(first + done - 1, running.logs(done - 1));
  };
  // What a callback throws from a timer would end the process: it ends the steps.
  const timer = glance ? setInterval(() => void look().catch(fail), GLANCE) : undefined;
  try {
    const count = await running.done;
    signal?.throwIfAborted();
    if (failure !== undefined) throw failure.error;
    return count;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** The logs of the last step of one pass over rows, or of its first `steps`. */
export async function runRows(step: Step, source: RowSource, watch: Watch, steps = source.steps): Promise<StepLogs | undefined> {
  const { signal, callbacks, every } = watch;
  signal?.throwIfAborted();
  const count = Math.min(steps, source.steps);
  // Whoever must hear of each step in order is told between steps; others glance.
  const glances = callbacks.every((callback) => callback.glances);
  const away = glances || every > 1;
  const order = source.drawOrder();
  if (!away) return runBatches(step, source.batches(order), count, watch);
  let logs: StepLogs | undefined;
  const chunk = glances ? count : every;
  for (let first = 0; first < count; first += chunk) {
    signal?.throwIfAborted();
    const last = Math.min(count, first + chunk);
    const running = step.loop(source, order, first, last);
    if (running === undefined) return runBatches(step, source.batches(order, first), count - first, watch, false, first);
    await waitFor(running, first, watch, glances && callbacks.length > 0);
    logs = running.logs(last - first - 1);
    await tell(watch, last - 1, logs);
  }
  return logs;
}

/** The logs of the last of `steps` batches, or of all; undefined where there are none. `closes` has the rest of the batches given up. */
export async function runBatches(
  step: Step,
  batches: AsyncGenerator<Batch> | Generator<Batch>,
  steps: number | undefined,
  watch: Watch,
  closes = false,
  first = 0,
): Promise<StepLogs | undefined> {
  const { signal, every } = watch;
  let logs: StepLogs | undefined;
  let done = 0;
  let told = 0;
  try {
    let next = steps === 0 ? undefined : await batches.next();
    while (next !== undefined && next.done !== true) {
      signal?.throwIfAborted();
      const running = step.away(next.value);
      const isLast = done + 1 === steps;
      if (running === undefined) {
        logs = step.logs(next.value);
        done++;
        if (done % every === 0) await tell(watch, first + done - 1, logs);
        else told = done;
        await turn();
        next = isLast ? undefined : await batches.next();
      } else {
        // The next batch is made while this one is computed with.
        const following = isLast ? undefined : batches.next();
        // Should it fail before it is asked for, nobody else would hear of that yet.
        const isHere = Promise.resolve(following).catch(() => {});
        try {
          await waitFor(running, done, watch, false);
        } catch (error) {
          await isHere;
          throw error;
        }
        logs = running.logs(0);
        done++;
        if (done % every === 0) await tell(watch, first + done - 1, logs);
        else told = done;
        next = await following;
      }
    }
    if (logs !== undefined && done % every !== 0 && told === done) await tell(watch, first + done - 1, logs);
    return logs;
  } finally {
    if (closes) await batches.return(undefined);
  }
}
