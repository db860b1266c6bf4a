/** Options as plain data, for `getConfig`. */

/** What `getConfig` writes for an option that is a name or an object: the name, or the object's class and its own config. */
export function configOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value ?? null;
  const config = 'getConfig' in value && typeof value.getConfig === 'function' ? (value.getConfig() as Record<string, unknown>) : {};
  return { className: value.constructor.name, config };
}
