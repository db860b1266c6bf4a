/** `tf.signal`: windows, frames, Fourier transforms over short times, cosine transforms, and spectra as speech recognition reads them. */

export { fftshift, ifftshift } from '../spectral.ts';
export { type DctNorm, type DctType, dct, idct, inverseMdct, mdct } from './cosines.ts';
export { frame, istft, overlapAndAdd, stft } from './frames.ts';
export { linearToMelWeightMatrix, mfccsFromLogMelSpectrograms } from './mel.ts';
export {
  bartlettWindow,
  blackmanWindow,
  cosineWindow,
  enclosingPowerOfTwo,
  hammingWindow,
  hannWindow,
  inverseStftWindowFn,
  kaiserBesselDerivedWindow,
  kaiserWindow,
  vorbisWindow,
  type WindowFunction,
} from './windows.ts';
