/** Spectra on the mel scale, and the cepstral coefficients that speech recognition makes of them: part of `tf.signal`. */
import { type DType, isFloat } from '../../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../../core/errors.ts';
import { showShape } from '../../core/shape.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { mul } from '../arithmetic.ts';
import { type TensorLike, toFloat } from '../convert.ts';
import { dct } from './cosines.ts';
import { checkCount } from './windows.ts';

/** Hertz on the mel scale, as HTK counts it. */
function melOf(hertz: number): number {
  return 1127 * Math.log1p(hertz / 700);
}

/**
 * A matrix `[numSpectrogramBins, numMelBins]` that makes spectra of evenly spaced frequencies, from 0 to half the sample rate, spectra of bands on the mel scale: triangles that overlap by half,
 * evenly spaced there between two frequencies. The frequency 0 counts to none.
 * @throws ArgumentError for counts that are no whole numbers >= 1, frequencies that do not ascend within half the sample rate, and a dtype that is not floating.
 * @example
 * const bands = tf.signal.linearToMelWeightMatrix(10, 65, 8000, 100, 3800);
 * tf.matMul(tf.ones([3, 65]), bands).shape; // [3, 10]
 */
export function linearToMelWeightMatrix(
  numMelBins = 20,
  numSpectrogramBins = 129,
  sampleRate = 8000,
  lowerEdgeHertz = 125,
  upperEdgeHertz = 3800,
  dtype: DType = 'float32',
): Tensor {
  checkCount('linearToMelWeightMatrix', 'numMelBins', numMelBins);
  checkCount('linearToMelWeightMatrix', 'numSpectrogramBins', numSpectrogramBins);
  if (!(sampleRate > 0 && lowerEdgeHertz >= 0 && lowerEdgeHertz < upperEdgeHertz && upperEdgeHertz <= sampleRate / 2)) {
    const given = [lowerEdgeHertz, upperEdgeHertz, sampleRate];
    throw new ArgumentError(
      `linearToMelWeightMatrix: edges must ascend from 0 to half the sample rate; received lower, upper and rate ${show(given)}`,
    );
  }
  if (!isFloat(dtype)) throw new ArgumentError(`linearToMelWeightMatrix: needs a floating dtype; received ${show(dtype)}`);
  const [low, high] = [melOf(lowerEdgeHertz), melOf(upperEdgeHertz)];
  const gap = (high - low) / (numMelBins + 1);
  const weights = new Float64Array(numSpectrogramBins * numMelBins);
  for (let bin = 1; bin < numSpectrogramBins; bin++) {
    const mel = melOf((bin * sampleRate) / 2 / (numSpectrogramBins - 1));
    for (let band = 0; band < numMelBins; band++) {
      // 1 at the middle of the band, and 0 at the middles of its neighbours.
      weights[bin * numMelBins + band] = Math.max(0, 1 - Math.abs((mel - low) / gap - band - 1));
    }
  }
  return tensorOf(weights, [numSpectrogramBins, numMelBins], dtype);
}

/**
 * Cepstral coefficients of logarithms of mel spectra, along the last axis: an orthogonal cosine transform but for the first, as HTK scales it; the first 13 are common.
 * @throws ShapeError for no last axis, or an empty one.
 * @example
 * tf.signal.mfccsFromLogMelSpectrograms(tf.ones([5, 20])).shape; // [5, 20]
 */
export function mfccsFromLogMelSpectrograms(logMelSpectrograms: TensorLike): Tensor {
  const input = toFloat('mfccsFromLogMelSpectrograms', logMelSpectrograms);
  const bands = input.shape[input.rank - 1];
  if (input.rank === 0 || bands === 0) {
    throw new ShapeError(`mfccsFromLogMelSpectrograms: needs a last axis with bands; received shape ${showShape(input.shape)}`);
  }
  return mul(dct(input), 1 / Math.sqrt(2 * bands));
}
