/** Cosine transforms, transforms along several axes, windows and mel spectra against NumPy and TensorFlow (test/fixtures/spectral.py), gradients and errors. */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkTwice, double } from '../support/derivatives.ts';

type Values = number[];
type Sized = readonly (readonly [lengths: number[] | null, wanted: Values])[];
interface Fixture {
  readonly cosines: Values;
  readonly dct: readonly (readonly [type: 1 | 2 | 3 | 4, n: number | null, norm: 'ortho' | null, inverse: boolean, wanted: Values])[];
  readonly grid: Values;
  readonly volume: Values;
  readonly fft3: Values;
  readonly rfft2: Sized;
  readonly rfft3: Sized;
  readonly irfft2: Sized;
  readonly irfft3: Sized;
  readonly fftshift: readonly (readonly [axes: number[] | null, there: Values, back: Values])[];
  readonly vorbis: Values;
  readonly kaiserBesselDerived: Values;
  readonly inverseStftWindow: readonly (readonly [length: number, step: number, wanted: Values])[];
  readonly beats: Values;
  readonly mdct: readonly Values[];
  readonly inverseMdct: readonly Values[];
  readonly mel: readonly (readonly [shape: [number, number, number, number, number], wanted: Values])[];
  readonly melSum: readonly Values[];
  readonly bands: Values;
  readonly mfccs: Values;
}

const fixture: Fixture = JSON.parse(readFileSync(new URL('../fixtures/spectral.json', import.meta.url), 'utf8'));
const { signal } = tf;

/** Equal in shape, and in values up to an error relative to the greatest. */
function expectNear(got: tf.Tensor, wanted: Values, tolerance = 1e-12): void {
  const [a, b] = [tf.cast(got.dtype.startsWith('complex') ? tf.viewAsReal(got) : got, 'float64'), double(wanted)];
  expect(a.shape).toEqual(b.shape);
  expect(tf.max(tf.abs(tf.sub(a, b))).item() / Math.max(1, tf.max(tf.abs(b)).item())).toBeLessThan(tolerance);
}

describe('agrees with NumPy and TensorFlow', () => {
  it.each(fixture.dct)('cosine transform of type %s, length %s, norm %s, inverse %s', (type, n, norm, inverse, wanted) => {
    const f = inverse ? signal.idct : signal.dct;
    const x = double(fixture.cosines);
    expectNear(f(x, type, n, -1, norm), wanted);
    expectNear(tf.transpose(f(tf.transpose(x), type, n, 0, norm)), wanted);
    const single = f(tf.cast(x, 'float32'), type, n, -1, norm);
    expect(single.dtype).toBe('float32');
    expectNear(single, wanted, 1e-5);
    const traced = tf.function((y: tf.Tensor) => f(y, type, n, -1, norm))(x);
    expectNear(traced, wanted);
  });

  it('transforms along several axes', () => {
    const volume = double(fixture.volume);
    const grid = tf.viewAsComplex(double(fixture.grid));
    expectNear(tf.fft3(volume), fixture.fft3);
    expectNear(tf.real(tf.ifft3(tf.fft3(volume))), fixture.volume);
    for (const [n, wanted] of fixture.rfft2) expectNear(tf.rfft2(volume, n as [number, number] | null), wanted);
    for (const [n, wanted] of fixture.rfft3) expectNear(tf.rfft3(volume, n as [number, number, number] | null), wanted);
    for (const [n, wanted] of fixture.irfft2) expectNear(tf.irfft2(grid, n as [number, number] | null), wanted);
    for (const [n, wanted] of fixture.irfft3) expectNear(tf.irfft3(grid, n as [number, number, number] | null), wanted);
    expect(tf.rfft2(fixture.volume).dtype).toBe('complex64');
    for (const [axes, there, back] of fixture.fftshift) {
      expectNear(signal.fftshift(volume, axes), there, 1e-15);
      expectNear(signal.ifftshift(volume, axes), back, 1e-15);
    }
    expect(signal.fftshift(tf.complex([1, 2, 3], [4, 5, 6])).arraySync()).toEqual([
      [3, 6],
      [1, 4],
      [2, 5],
    ]);
  });

  it('windows', () => {
    expectNear(signal.vorbisWindow(8), fixture.vorbis, 1e-6);
    expectNear(signal.kaiserBesselDerivedWindow(8, 4), fixture.kaiserBesselDerived, 1e-6);
    for (const [n, step, wanted] of fixture.inverseStftWindow) expectNear(signal.inverseStftWindowFn(step)(n), wanted, 1e-6);
    expect(signal.cosineWindow(5, 0.5, 0.25).arraySync()).toEqual([0.25, 0.5, 0.75, 0.5, 0.25]);
    expect([1, 2, 3, 8, 1025].map(signal.enclosingPowerOfTwo)).toEqual([1, 2, 4, 8, 2048]);
  });

  it('modified cosine transforms', () => {
    const beats = double(fixture.beats);
    const windows = [signal.vorbisWindow, signal.kaiserBesselDerivedWindow, null];
    windows.forEach((window, i) => {
      expectNear(signal.mdct(beats, 8, window, i === 1, i === 1 ? 'ortho' : null), fixture.mdct[i], 1e-6);
    });
    const folded = double(fixture.mdct[0]);
    expectNear(signal.inverseMdct(folded), fixture.inverseMdct[0], 1e-6);
    expectNear(signal.inverseMdct(folded, null, 'ortho'), fixture.inverseMdct[1], 1e-12);
    // What overlaps comes back.
    const back = signal.inverseMdct(
      signal.mdct(beats, 8, signal.kaiserBesselDerivedWindow, false, 'ortho'),
      signal.kaiserBesselDerivedWindow,
      'ortho',
    );
    expectNear(tf.slice(back, [0, 4], [2, 12]), tf.slice(beats, [0, 4], [2, 12]).arraySync() as Values, 1e-6);
  });

  it('mel spectra and their coefficients', () => {
    for (const [shape, wanted] of fixture.mel) expectNear(signal.linearToMelWeightMatrix(...shape, 'float64'), wanted, 1e-12);
    const common = signal.linearToMelWeightMatrix(20, 129, 8000, 125, 3800, 'float64');
    fixture.melSum.forEach((wanted, axis) => {
      expectNear(tf.sum(common, axis), wanted, 1e-11);
    });
    expect(signal.linearToMelWeightMatrix().dtype).toBe('float32');
    expectNear(signal.mfccsFromLogMelSpectrograms(double(fixture.bands)), fixture.mfccs);
  });
});

const LINE = [0.5, -1.2, 2, 0.25, -0.75, 1.5];
it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
  ...([1, 2, 3, 4] as const).map(
    (type) => [`dct ${type}`, (x: tf.Tensor) => tf.square(signal.dct(x, type))] as [string, (x: tf.Tensor) => tf.Tensor],
  ),
  ['dct of a length', (x) => tf.square(signal.dct(x, 2, 9, 0, 'ortho'))],
  ['idct', (x) => tf.square(signal.idct(x, 2, 5))],
  ['mdct', (x) => tf.square(signal.mdct(tf.concat([x, x]), 4))],
  ['inverseMdct', (x) => tf.square(signal.inverseMdct(tf.reshape(x, [3, 2])))],
  ['mfccs', (x) => tf.square(signal.mfccsFromLogMelSpectrograms(x))],
  ['rfft2', (x) => tf.square(tf.viewAsReal(tf.rfft2(tf.reshape(x, [2, 3]))))],
  ['rfft3 of lengths', (x) => tf.square(tf.abs(tf.rfft3(tf.reshape(x, [1, 2, 3]), [2, 3, 2]).add(5)))],
  ['irfft2', (x) => tf.square(tf.irfft2(tf.reshape(x, [2, 3]).mul(tf.complex(1, 0.5)), [3, 3]))],
  ['fftshift', (x) => tf.square(signal.fftshift(x))],
])('%s has its first and second derivatives', (_name, f) => {
  checkTwice((x) => tf.cast(f(x), 'float64'), [LINE], 1e-5);
});

describe('refuses', () => {
  const { ArgumentError, ShapeError } = tf;
  it.each<[string, new (message: string) => Error, () => unknown]>([
    ['dct: type must be 1, 2, 3 or 4; received 5', ArgumentError, () => signal.dct([1], 5 as never)],
    ['dct: norm must be "ortho" or null; received "backward"', ArgumentError, () => signal.dct([1], 2, null, -1, 'backward' as never)],
    ['idct: type 1 has no norm; received "ortho"', ArgumentError, () => signal.idct([1, 2], 1, null, -1, 'ortho')],
    ['dct: type 1 needs an axis of size 2 or more; received shape [1]', ShapeError, () => signal.dct([1], 1)],
    ['dct: type 2 needs an axis of size 1 or more; received shape [0]', ShapeError, () => signal.dct([])],
    ['dct: n must be a whole number >= 1; received 0', ArgumentError, () => signal.dct([1], 2, 0)],
    ['mdct: frameLength must be a multiple of 4; received 6', ArgumentError, () => signal.mdct([1], 6)],
    ['inverseMdct: needs 2 axes or more, the last of an even size; received [2,3]', ShapeError, () => signal.inverseMdct(tf.zeros([2, 3]))],
    ['kaiserBesselDerivedWindow: windowLength must be even; received 3', ArgumentError, () => signal.kaiserBesselDerivedWindow(3)],
    [
      'kaiserBesselDerivedWindow: beta must be a number; received NaN',
      ArgumentError,
      () => signal.kaiserBesselDerivedWindow(2, Number.NaN),
    ],
    ['enclosingPowerOfTwo: value must be a whole number >= 1; received 0', ArgumentError, () => signal.enclosingPowerOfTwo(0)],
    ['inverseStftWindowFn: frameStep must be a whole number >= 1; received 0', ArgumentError, () => signal.inverseStftWindowFn(0)],
    ['vorbisWindow: windowLength must be a whole number >= 1; received 0', ArgumentError, () => signal.vorbisWindow(0)],
    [
      'linearToMelWeightMatrix: edges must ascend from 0 to half the sample rate; received lower, upper and rate [125,5000,8000]',
      ArgumentError,
      () => signal.linearToMelWeightMatrix(20, 129, 8000, 125, 5000),
    ],
    [
      'linearToMelWeightMatrix: needs a floating dtype; received "int32"',
      ArgumentError,
      () => signal.linearToMelWeightMatrix(20, 129, 8000, 125, 3800, 'int32'),
    ],
    [
      'mfccsFromLogMelSpectrograms: needs a last axis with bands; received shape []',
      ShapeError,
      () => signal.mfccsFromLogMelSpectrograms(1),
    ],
    ['rfft2: needs two last axes with elements; received shape [2]', ShapeError, () => tf.rfft2([1, 2])],
    ['fft3: needs three last axes with elements; received shape [1,1]', ShapeError, () => tf.fft3([[1]])],
    ['rfft2: needs a real tensor; received complex64', ArgumentError, () => tf.rfft2(tf.complex([[1]], [[1]]))],
    ['irfft2: fftLength must be 2 whole numbers >= 1; received [1]', ArgumentError, () => tf.irfft2([[1]], [1] as never)],
    ['rfft3: fftLength must be a whole number >= 1; received 0', ArgumentError, () => tf.rfft3([[[1]]], [1, 0, 1])],
  ])('%s', (message, type, f) => {
    expect(f).toThrow(new type(message));
  });
});
