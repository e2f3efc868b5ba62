import type { Reason } from "../exported.ts";

export type Json = string | number | boolean | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

/** Something that is lost, with what was written. */
export interface Lost extends Reason {
  /** For the annotation; where it is absent, what the job has under the key. */
  readonly value?: string;
}

/** What becomes of a part of a job. */
export interface Part {
  readonly pod?: JsonMap;
  readonly container?: JsonMap;
  /** Of the pod's own `metadata`. */
  readonly metadata?: JsonMap;
  /** The job runs without it. */
  readonly lost?: readonly Lost[];
  /** The job would be another one. */
  readonly refused?: readonly Reason[];
  /** Commands that make what the job needs. */
  readonly needs?: readonly string[];
  /** Further objects. */
  readonly objects?: readonly JsonMap[];
}

export function lost(key: string, wrong: string, value?: string): Part {
  return { lost: [{ key, wrong, ...(value !== undefined && { value }) }] };
}

export function refused(key: string, wrong: string, hint?: string): Part {
  return { refused: [{ key, wrong, ...(hint !== undefined && { hint }) }] };
}

/** Writers for each key of a group: a key that is new there does not compile without one. */
export type Writers<Group> = { readonly [Key in keyof Required<Group>]: (value: NonNullable<Group[Key]>) => Part };

/** Returns what becomes of the keys of a group that are given. */
export function writeGroup<Group extends object>(group: Group, writers: Writers<Group>): Part {
  const parts = Object.entries(group).map(([key, value]) => {
    const write = writers[key as keyof Group] as ((value: unknown) => Part) | undefined;
    return value === undefined || value === null || write === undefined ? {} : write(value);
  });
  return mergeParts(parts);
}

export function mergeParts(parts: readonly Part[]): Required<Part> {
  return {
    pod: mergeMaps(parts.map(({ pod }) => pod)),
    container: mergeMaps(parts.map(({ container }) => container)),
    metadata: mergeMaps(parts.map(({ metadata }) => metadata)),
    lost: parts.flatMap((part) => part.lost ?? []),
    refused: parts.flatMap((part) => part.refused ?? []),
    needs: parts.flatMap(({ needs }) => needs ?? []),
    objects: parts.flatMap(({ objects }) => objects ?? []),
  };
}

/** Lists are joined, and so are maps, at any depth. */
export function mergeMaps(maps: readonly (JsonMap | undefined)[]): JsonMap {
  const merged: Record<string, Json> = {};
  for (const [key, value] of maps.flatMap((map) => Object.entries(map ?? {}))) {
    const before = merged[key];
    if (Array.isArray(before) && Array.isArray(value)) merged[key] = [...before, ...value];
    else if (isMap(before) && isMap(value)) merged[key] = mergeMaps([before, value]);
    else merged[key] = value;
  }
  return merged;
}

function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === "object" && !Array.isArray(value);
}

/** Returns the name as Kubernetes allows it: `a-z`, `0-9` and `-`. */
export function objectName(name: string, longest: number): string {
  const fitted = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .slice(0, longest);
  return fitted.replaceAll(/^-+|-+$/g, "") || "x";
}
