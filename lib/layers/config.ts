/** Options as plain data, for `getConfig`. */

/** True for what `configOf` made of an object. */
function isConfig(value: object): boolean {
  return 'className' in value && typeof value.className === 'string' && 'config' in value;
}

/** What `getConfig` writes for an option that is a name or an object: the name, or the object's class and its own config, of which the `get` of its kind makes it again. */
export function configOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (isConfig(value)) return value;
  const config = 'getConfig' in value && typeof value.getConfig === 'function' ? (value.getConfig() as Record<string, unknown>) : {};
  return { className: value.constructor.name, config };
}
