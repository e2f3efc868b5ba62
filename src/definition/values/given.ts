/** A property, or none where its value was not given. */
export function given<Key extends string, Value>(key: Key, value: Value | null | undefined) {
  return (value === null || value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}

type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name;

/** The keys of a part of a template as they are written: `cpuShares` is `cpu_shares`. */
type Written<Part> = { readonly [Key in keyof Part as SnakeCase<Key & string>]?: Part[Key] | null | undefined };

/**
 * Makes a part of a template of those keys that were given; undefined when none was. The compiler refuses a key that the
 * part has no field for.
 */
export function givenOf<Part extends object>(
  keys: Written<Part>,
  names: readonly (keyof Written<Part> & string)[],
): Part | undefined {
  const entries = names.flatMap((name) => {
    const value = keys[name];
    return value === null || value === undefined ? [] : [[toCamelCase(name), value] as const];
  });
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Part);
}

function toCamelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** The names of a map's keys, as its type knows them. */
export function namesOf<Shape extends object>(shape: Shape): readonly (keyof Shape & string)[] {
  return Object.keys(shape) as (keyof Shape & string)[];
}
