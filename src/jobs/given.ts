/** A property, or none where its value was not given. */
export function given<Key extends string, Value>(key: Key, value: Value | null | undefined) {
  return (value === null || value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}
