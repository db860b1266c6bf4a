/** Fourier transforms and tf.signal against NumPy and TensorFlow (test/fixtures/spectral.py), their gradients, and errors. */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkTwice, double } from '../support/derivatives.ts';

type Values = number[];
interface Fixture {
  readonly lines: Readonly<Record<string, readonly [x: Values, fft: Values, ifft: Values]>>;
  readonly rfft: readonly (readonly [length: number | null, wanted: Values])[];
  readonly irfft: readonly (readonly [length: number | null, wanted: Values])[];
  readonly hann: readonly (readonly [length: number, wanted: Values])[];
  readonly hamming: readonly (readonly [length: number, wanted: Values])[];
  readonly real: Values;
  readonly half: Values;
  readonly grid: Values;
  readonly fft2: Values;
  readonly ifft2: Values;
  readonly bartlett: Values;
  readonly blackman: Values;
  readonly kaiser: Values;
  readonly sound: Values;
  readonly frame: Values;
  readonly framePadded: Values;
  readonly overlap: Values;
  readonly stft: Values;
  readonly stftLong: Values;
}

const fixture: Fixture = JSON.parse(readFileSync(new URL('../fixtures/spectral.json', import.meta.url), 'utf8'));
const { signal } = tf;

const z = (values: tf.NestedArray): tf.Tensor => tf.viewAsComplex(double(values));

/** Equal in shape, and in values up to an error relative to the greatest. */
function expectNear(got: tf.Tensor, wanted: Values, tolerance = 1e-12): void {
  const isComplex = got.dtype.startsWith('complex');
  const [a, b] = [tf.cast(isComplex ? tf.viewAsReal(got) : got, 'float64'), double(wanted)];
  expect(a.shape).toEqual(b.shape);
  const scale = Math.max(1, tf.max(tf.abs(b)).item());
  expect(tf.max(tf.abs(tf.sub(a, b))).item() / scale).toBeLessThan(tolerance);
}

describe('agrees with NumPy', () => {
  it.each(Object.entries(fixture.lines))('fft of %s', (_n, [x, forward, backward]) => {
    expectNear(tf.fft(z(x)), forward);
    expectNear(tf.ifft(z(x)), backward);
    const single = tf.fft(tf.cast(z(x), 'complex64'));
    expect(single.dtype).toBe('complex64');
    expectNear(single, forward, 1e-6);
    expect(
      tf
        .function((y: tf.Tensor) => tf.fft(y))(z(x))
        .arraySync(),
    ).toEqual(tf.fft(z(x)).arraySync());
  });

  it.each(fixture.rfft)('rfft of length %s', (length, wanted) => {
    expectNear(tf.rfft(double(fixture.real), length), wanted);
    expectNear(tf.rfft(fixture.real, length), wanted, 1e-6);
  });

  it.each(fixture.irfft)('irfft of length %s', (length, wanted) => {
    expectNear(tf.irfft(z(fixture.half), length), wanted);
  });

  it('fft2 and ifft2', () => {
    expectNear(tf.fft2(z(fixture.grid)), fixture.fft2);
    expectNear(tf.ifft2(z(fixture.grid)), fixture.ifft2);
  });

  it('to rounding for large sizes, prime ones too', () => {
    for (const n of [1024, 1000, 1009, 2 * 509]) {
      const x = tf.complex(tf.randomNormal([n], 0, 1, 'float64', 1), tf.randomNormal([n], 0, 1, 'float64', 2));
      const y = tf.fft(x);
      // Against the sum itself at a few places, and the whole by way back.
      expectNear(tf.ifft(y), tf.viewAsReal(x).arraySync() as Values, 1e-14);
      const [re, im] = [tf.real(x).dataSync(), tf.imag(x).dataSync()];
      for (const k of [0, 1, 7, n - 1]) {
        let [sumRe, sumIm] = [0, 0];
        re.forEach((a, j) => {
          const angle = (-2 * Math.PI * ((j * k) % n)) / n;
          sumRe += a * Math.cos(angle) - im[j] * Math.sin(angle);
          sumIm += a * Math.sin(angle) + im[j] * Math.cos(angle);
        });
        const got = tf.viewAsReal(y).dataSync();
        expect(Math.hypot(got[2 * k] - sumRe, got[2 * k + 1] - sumIm)).toBeLessThan(1e-11);
      }
    }
  });
});

describe('agrees with TensorFlow', () => {
  it('windows and frames', () => {
    for (const [n, wanted] of fixture.hann) expectNear(signal.hannWindow(n), wanted, 1e-6);
    for (const [n, wanted] of fixture.hamming) expectNear(signal.hammingWindow(n), wanted, 1e-6);
    expectNear(signal.bartlettWindow(6), fixture.bartlett, 1e-6);
    expectNear(signal.blackmanWindow(6), fixture.blackman, 1e-6);
    expectNear(signal.kaiserWindow(6, 8.5), fixture.kaiser, 1e-6);
    expect([signal.bartlettWindow(1), signal.kaiserWindow(1)].map((x) => x.item())).toEqual([1, 1]);
    const sound = double(fixture.sound);
    expectNear(signal.frame(sound, 6, 4), fixture.frame);
    expectNear(signal.frame(sound, 6, 4, true, 7), fixture.framePadded);
    expectNear(signal.overlapAndAdd(signal.frame(sound, 6, 4), 4), fixture.overlap);
    expect(signal.frame([1, 2], 3, 1).shape).toEqual([0, 3]);
    expect(signal.frame([1, 2], 3, 1, true).arraySync()).toEqual([
      [1, 2, 0],
      [2, 0, 0],
    ]);
  });

  it('stft', () => {
    expectNear(signal.stft(double(fixture.sound), 6, 2), fixture.stft, 1e-6);
    expectNear(signal.stft(fixture.sound, 5, 3, 7, signal.hammingWindow), fixture.stftLong, 1e-6);
  });
});

it('istft gives back what stft was made of', () => {
  const sound = double(fixture.sound);
  for (const [length, step, fft] of [
    [8, 2, 8],
    [8, 3, 16],
    [5, 2, null],
    [4, 4, 4],
  ] as const) {
    const spectra = signal.stft(sound, length, step, fft, signal.hammingWindow);
    const back = signal.istft(spectra, length, step, fft, signal.hammingWindow);
    const size = back.shape[1];
    expectNear(back, tf.slice(sound, [0, 0], [2, size]).arraySync() as Values, 1e-12);
  }
  const plain = signal.istft(signal.stft(sound, 4, 4, 4, null), 4, 4, 4, null);
  expectNear(plain, tf.slice(sound, [0, 0], [2, 20]).arraySync() as Values, 1e-12);
});

describe('gradients', () => {
  const line = [
    [0.5, -1],
    [2, 0.25],
    [-0.75, 1.5],
    [1, 1],
    [0.1, -2],
  ];

  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['fft', (x) => tf.square(tf.viewAsReal(tf.fft(tf.viewAsComplex(x))))],
    ['ifft', (x) => tf.square(tf.viewAsReal(tf.ifft(tf.viewAsComplex(x))))],
    ['fft2', (x) => tf.square(tf.abs(tf.fft2(tf.reshape(tf.viewAsComplex(x), [1, 5]))))],
    ['irfft', (x) => tf.square(tf.irfft(tf.viewAsComplex(x)))],
    ['irfft of an odd length', (x) => tf.square(tf.irfft(tf.viewAsComplex(x), 9))],
    ['rfft', (x) => tf.square(tf.abs(tf.rfft(tf.reshape(x, [10]))))],
    ['stft', (x) => tf.square(tf.abs(signal.stft(tf.reshape(x, [10]), 4, 2)))],
    ['istft', (x) => tf.square(signal.istft(tf.reshape(tf.viewAsComplex(tf.slice(x, 0, 4)), [2, 2]), 2, 1, 2, signal.hammingWindow))],
  ])('of %s, to second order', (_name, f) => {
    checkTwice(f, [line], 1e-5);
  });

  it("is TensorFlow's: that of fft is n times the inverse transform", () => {
    const x = z(line);
    const dy = tf.fft(tf.mul(x, x));
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(x);
      return tf.fft(x);
    });
    const gradient = tape.gradient(y, x, { outputGradients: dy }) as tf.Tensor;
    expectNear(gradient, tf.viewAsReal(tf.mul(tf.ifft(dy), 5)).arraySync() as Values);
  });
});

it('are methods too', () => {
  expect(tf.tensor([1, 2, 3, 4]).rfft().irfft().arraySync()).toEqual([1, 2, 3, 4]);
  expect(tf.real(tf.tensor([1, 2]).fft().ifft()).arraySync()).toEqual([1, 2]);
  expect(tf.tensor([3, 4]).norm().item()).toBe(5);
});

describe('refuse', () => {
  it.each([
    ['fft: needs a last axis with elements; received shape []', () => tf.fft(1)],
    ['fft: needs a last axis with elements; received shape [2,0]', () => tf.fft(tf.zeros([2, 0]))],
    ['fft2: needs two last axes with elements; received shape [3]', () => tf.fft2([1, 2, 3])],
    ['rfft: needs a last axis with elements; received shape []', () => tf.rfft(1)],
    ['frame: needs an axis to cut; received shape []', () => signal.frame(1, 1, 1)],
    ['overlapAndAdd: needs frames, with 2 axes or more; received [3]', () => signal.overlapAndAdd([1, 2, 3], 1)],
    ['istft: needs spectra of frames, with 2 axes or more; received [2]', () => signal.istft(tf.complex([1, 1], 0), 2, 1)],
    ['stft: windowFn must give [2]; received [3]', () => signal.stft([1, 2, 3], 2, 1, 2, () => tf.ones([3]))],
  ])('%s', (message, f) => {
    expect(f).toThrow(new tf.ShapeError(message));
  });

  it.each([
    ['rfft: needs a real tensor; received complex64', () => tf.rfft(tf.complex([1], [2]))],
    ['rfft: fftLength must be a whole number >= 1; received 0', () => tf.rfft([1], 0)],
    ['irfft: fftLength must be a whole number >= 1; received 0', () => tf.irfft([1])],
    ['frame: frameLength must be a whole number >= 1; received 0', () => signal.frame([1], 0, 1)],
    ['hannWindow: windowLength must be a whole number >= 1; received 0.5', () => signal.hannWindow(0.5)],
    ['kaiserWindow: beta must be a number; received NaN', () => signal.kaiserWindow(3, Number.NaN)],
    ['istft: frameLength must be a whole number >= 1; received 0', () => signal.istft([[1]], 0, 1)],
  ])('%s', (message, f) => {
    expect(f).toThrow(new tf.ArgumentError(message));
  });
});
