import { parse, TomlError } from "smol-toml";
import type { FileValue, Place } from "../imported.ts";
import type { Config } from "./config.ts";

/** Reads a TOML file, in which each table at the top is a job. */
export function readTomlConfig(text: string): Config | { readonly place: Place; readonly wrong: string } {
  try {
    const root = parse(text, { maxDepth: 100 });
    const places = placesOf(text);
    return {
      definitions: Object.entries(root).map(([key, value]) => ({
        key,
        place: places.get(key) ?? { line: 1, column: 1 },
        fields: fieldsOf(value),
      })),
    };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column, message } = error;
    return { place: { line, column }, wrong: `this is not TOML: ${message.split("\n", 1)[0]}` };
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, FileValue>> {
  const read = plainOf(value);
  return typeof read === "object" && read !== null && !Array.isArray(read) ? (read as Record<string, FileValue>) : {};
}

function plainOf(value: unknown): FileValue {
  if (Array.isArray(value)) return value.map(plainOf);
  // Dates have a prototype of their own, and are texts here.
  if (typeof value !== "object" || value === null || value instanceof Date) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainOf(item)]));
}

/** The library gives no places: a table begins at its first header, and a value at the top in its line. */
function placesOf(text: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  let isTop = true;
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[{1,2}[^\]]*\]{1,2}/.exec(line)?.[0];
    const written = header ?? (isTop ? /^\s*[^#\s][^=]*=/.exec(line)?.[0].concat("0") : undefined);
    if (written === undefined) continue;
    if (header !== undefined) isTop = false;
    const key = firstKey(written);
    if (key !== undefined && !places.has(key)) places.set(key, { line: index + 1, column: line.search(/\S/) + 1 });
  }
  return places;
}

function firstKey(line: string): string | undefined {
  try {
    return Object.keys(parse(line))[0];
  } catch {
    return undefined;
  }
}
