/** `tf.random`: generators with a state of their own. */
export { Generator, type GeneratorOptions } from './generator.ts';
