import type { FileValue } from "../imported.ts";

/** A map of a manifest. Its values are texts, whatever YAML makes of them. */
export type Tree = Readonly<Record<string, FileValue>>;

const NOTHING: Tree = {};

/** Returns the map, or one without keys for anything else. */
export function treeOf(value: FileValue | undefined): Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Tree) : NOTHING;
}

/** Returns the maps of a list. */
export function treesOf(value: FileValue | undefined): readonly Tree[] {
  return listOf(value).map(treeOf);
}

export function listOf(value: FileValue | undefined): readonly FileValue[] {
  return Array.isArray(value) ? value : [];
}

/** Returns a text that is not empty. */
export function textOf(value: FileValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function textsOf(value: FileValue | undefined): readonly string[] {
  return listOf(value).map((item) => (typeof item === "string" ? item : ""));
}

/** Returns a whole number of at least 0. */
export function wholeOf(value: FileValue | undefined): number | undefined {
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

export function isTrue(value: FileValue | undefined): boolean {
  return value === "true" || value === "True" || value === "TRUE";
}

/** True for what says nothing: no value, an empty text, list or map. */
export function isEmpty(value: FileValue | undefined): boolean {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
