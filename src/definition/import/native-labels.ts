import type { YamlMap, YamlValue } from "../values/yaml.ts";
import type { FileValue } from "./imported.ts";

/** Returns keys of a schedule file as they count: a doubled dollar sign there is one. */
export function plainValue(keys: Readonly<Record<string, FileValue>>): YamlMap {
  return Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, plain(value)]));
}

function plain(value: FileValue): YamlValue {
  if (value === null) return null;
  if (typeof value === "string") return value.replaceAll("$$", "$");
  if (Array.isArray(value)) return value.map(plain);
  return plainValue(value as Readonly<Record<string, FileValue>>);
}

/** Returns the labels that say the same as these keys of a job. `prefix` ends with a dot. */
export function asLabels(written: YamlMap, prefix: string): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const [key, value] of Object.entries(written)) {
    for (const [inner, text] of labelsOf(key, value)) labels.set(`${prefix}${inner}`, text);
  }
  return labels;
}

function labelsOf(key: string, value: YamlValue): readonly (readonly [string, string])[] {
  if (typeof value === "string") return [[key, value]];
  if (value === null) return [];
  if (!isList(value)) return Object.entries(value).flatMap(([inner, each]) => labelsOf(`${key}.${inner}`, each));
  const texts = value.map(String);
  switch (key) {
    case "environment":
      return texts.map((text): readonly [string, string] => {
        const [name = "", ...rest] = text.split("=");
        return [`environment.${name}`, rest.join("=")];
      });
    case "command":
    case "entrypoint":
      return [[key, texts.map(quoteWord).join(" ")]];
    default:
      return [[key, texts.join(key === "schedule" ? "; " : ",")]];
  }
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

/** A word as a shell takes it, and a label that has a command as text. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Returns labels as lines of a Compose file, where a dollar sign is doubled. */
export function labelsAsText(labels: ReadonlyMap<string, string>): string {
  return [...labels].map(([key, value]) => `${key}: ${JSON.stringify(value.replaceAll("$", "$$$$"))}`).join("\n");
}
