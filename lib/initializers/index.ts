/** The initializers by name: what `tf.initializers` holds. */
import { ArgumentError, show, unknownWord } from '../core/errors.ts';
import { Constant, Initializer, Ones, Zeros } from './constants.ts';
import { Orthogonal } from './orthogonal.ts';
import { RandomNormal, RandomUniform, TruncatedNormal } from './random.ts';
import { GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform } from './scaling.ts';

export { Constant, type ConstantOptions, Initializer, Ones, Zeros } from './constants.ts';
export { Orthogonal, type OrthogonalOptions } from './orthogonal.ts';
export { type NormalOptions, RandomNormal, RandomUniform, TruncatedNormal, type UniformOptions } from './random.ts';
export { GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform, type ScalingOptions } from './scaling.ts';

/** An initializer as a layer's `getConfig` writes it: its class and its own config. */
export interface InitializerConfig {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const BY_NAME: Readonly<Record<string, new (options?: never) => Initializer>> = {
  zeros: Zeros,
  ones: Ones,
  constant: Constant,
  glorotUniform: GlorotUniform,
  glorotNormal: GlorotNormal,
  heUniform: HeUniform,
  heNormal: HeNormal,
  lecunUniform: LecunUniform,
  lecunNormal: LecunNormal,
  randomNormal: RandomNormal,
  randomUniform: RandomUniform,
  truncatedNormal: TruncatedNormal,
  orthogonal: Orthogonal,
};

/**
 * The initializer of that name with its defaults, such as 'glorotUniform' or 'zeros', or of that class and config; an initializer is returned as
 * it is.
 * @example
 * tf.initializers.get('ones').call([2]).arraySync(); // [1, 1]
 */
export function get(identifier: string | Initializer | InitializerConfig): Initializer {
  if (identifier instanceof Initializer) return identifier;
  const isConfig = typeof identifier === 'object' && identifier !== null && typeof identifier.className === 'string';
  const className = isConfig ? identifier.className : identifier;
  if (typeof className !== 'string')
    throw new ArgumentError(`initializers: expected a name or an initializer; received ${show(identifier)}`);
  // Class names do as well: 'GlorotUniform'.
  const name = className.charAt(0).toLowerCase() + className.slice(1);
  if (!Object.hasOwn(BY_NAME, name)) throw unknownWord('initializers', 'initializer', className, Object.keys(BY_NAME));
  return isConfig ? new BY_NAME[name](identifier.config as never) : new BY_NAME[name]();
}
