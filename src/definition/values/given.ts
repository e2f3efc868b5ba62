/** A property, or none where its value was not given. */
export function given<Key extends string, Value>(key: Key, value: Value | null | undefined) {
  return (value === null || value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}

type CamelCase<Key extends string> = Key extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Key;

/** Those keys that were given, under their names in a template: `cpu_shares` is `cpuShares`. */
export type Given<Keys> = {
  readonly [Key in keyof Keys as CamelCase<Key & string>]?: NonNullable<Keys[Key]>;
};

/** Undefined when none of these keys was given, so that a template does not speak of what its job does not say. */
export function givenOf<Keys extends object, Name extends keyof Keys & string>(
  keys: Keys,
  names: readonly Name[],
): Given<Pick<Keys, Name>> | undefined {
  const entries = names.flatMap((name) => {
    const value = keys[name];
    return value === null || value === undefined ? [] : [[toCamelCase(name), value] as const];
  });
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Given<Pick<Keys, Name>>);
}

function toCamelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** The names of a map's keys, as its type knows them. */
export function namesOf<Shape extends object>(shape: Shape): readonly (keyof Shape & string)[] {
  return Object.keys(shape) as (keyof Shape & string)[];
}
