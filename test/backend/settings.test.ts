/** Settings in the environment: what cannot be had is an error that names it, not something else that runs instead. */
import * as tf from 'gradtape';
import { afterEach, describe, expect, it } from 'vitest';

const { GRADTAPE_ISA, GRADTAPE_NUM_THREADS } = process.env;
const info = tf.backend();

/** Sets a variable of the environment, or takes it away. */
function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

afterEach(() => {
  set('GRADTAPE_ISA', GRADTAPE_ISA);
  set('GRADTAPE_NUM_THREADS', GRADTAPE_NUM_THREADS);
});

describe.runIf(info.name === 'native')('the native backend refuses', () => {
  it.each([
    ['GRADTAPE_ISA', 'avx', 'GRADTAPE_ISA: unknown instruction set "avx"; did you mean "avx2"?'],
    [
      'GRADTAPE_ISA',
      process.arch === 'arm64' ? 'avx2' : 'neon',
      /^GRADTAPE_ISA: this processor or addon has no (neon|avx2); it can do \w+$/,
    ],
    ['GRADTAPE_NUM_THREADS', '0', 'GRADTAPE_NUM_THREADS: needs a whole number >= 1; received "0"'],
    ['GRADTAPE_NUM_THREADS', '1e9', 'GRADTAPE_NUM_THREADS: needs a whole number >= 1; received "1e9"'],
    ['GRADTAPE_NUM_THREADS', 'all', 'GRADTAPE_NUM_THREADS: needs a whole number >= 1; received "all"'],
  ])('%s=%s', (name, value, message) => {
    set(name, value);
    expect(() => tf.setBackend('native')).toThrow(message);
    // What ran before goes on.
    expect(tf.backend()).toEqual(info);
  });

  it('nothing that is empty', () => {
    set('GRADTAPE_ISA', '');
    set('GRADTAPE_NUM_THREADS', '');
    tf.setBackend('native');
    expect(tf.backend()).toEqual(info);
  });
});
