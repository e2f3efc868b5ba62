/** What a YAML text says, as plain values. Every scalar is text; null is a key without a value. */
export type YamlValue = string | null | readonly YamlValue[] | YamlMap;
export interface YamlMap {
  readonly [key: string]: YamlValue;
}

export function isMapValue(value: unknown): value is YamlMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
