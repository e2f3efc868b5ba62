import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { visible } from "../../job/problem.ts";
import type { FileValue } from "./imported.ts";

/** What a schedule file is made of. Comments are lines without their `#`. */
export interface FileParts {
  readonly head?: readonly string[];
  readonly top: Readonly<Record<string, FileValue>>;
  readonly jobs: readonly (WrittenJob | Comment)[];
}

export interface WrittenJob {
  readonly name: string;
  readonly keys: Readonly<Record<string, FileValue>>;
  /** Before the job. */
  readonly comments?: readonly string[];
  /** Before one of its keys. */
  readonly keyComments?: ReadonlyMap<string, readonly string[]>;
}

/** A comment that belongs to no job. */
export interface Comment {
  readonly comments: readonly string[];
}

/** Writes a schedule file. All texts are YAML's plain or double-quoted ones, and stand in one line each. */
export function writeFile({ head = [], top, jobs }: FileParts): string {
  const lines = head.map(commentLine);
  for (const [key, value] of Object.entries(top)) lines.push(...writePair(key, value, ""));
  const written = jobs.filter((job) => "name" in job);
  lines.push(written.length === 0 ? "jobs: {}" : "jobs:");
  for (const [index, part] of jobs.entries()) {
    if (index > 0) lines.push("");
    lines.push(...(part.comments ?? []).map((text) => `  ${commentLine(text)}`));
    if (!("name" in part)) continue;
    lines.push(`  ${part.name}:`);
    for (const [key, value] of Object.entries(part.keys)) {
      lines.push(...(part.keyComments?.get(key) ?? []).map((text) => `    ${commentLine(text)}`));
      lines.push(...writePair(key, value, "    "));
    }
  }
  return `${lines.join("\n")}\n`;
}

/** A line of a comment: what would end it, or change how it is read, is made visible. */
function commentLine(text: string): string {
  return text === "" ? "#" : `# ${text.split("\t").map(visible).join("\t")}`;
}

function writePair(key: string, value: FileValue, indent: string): readonly string[] {
  const document = new Document(new YAMLMap(), { schema: "failsafe" });
  const map = document.contents as unknown as YAMLMap;
  map.items.push(new Pair(scalarOf(key), nodeOf(value, isQuotedKey(key))));
  const text = document.toString({
    lineWidth: 0,
    flowCollectionPadding: false,
    doubleQuotedMinMultiLineLength: 1_000_000_000,
  });
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `${indent}${line}`);
}

/** Schedules and commands are always quoted: what they hold is not YAML's. */
function isQuotedKey(key: string): boolean {
  return ["schedule", "command", "entrypoint"].includes(key);
}

function nodeOf(value: FileValue, isQuoted: boolean): Scalar | YAMLSeq | YAMLMap {
  if (value === null) return plainScalar("");
  if (typeof value === "string") return isQuoted ? quotedScalar(value) : scalarOf(value);
  if (isList(value)) {
    const list = new YAMLSeq();
    list.flow = value.every((item) => typeof item === "string");
    list.items = value.map((item) => nodeOf(item, isQuoted || list.flow === true));
    return list;
  }
  const map = new YAMLMap();
  for (const [key, item] of Object.entries(value)) map.items.push(new Pair(scalarOf(key), nodeOf(item, isQuoted)));
  map.flow = map.items.length === 0;
  return map;
}

function isList(value: FileValue): value is readonly FileValue[] {
  return Array.isArray(value);
}

/** Plain where that is a simple word; quoted otherwise. */
function scalarOf(text: string): Scalar {
  return /^[\w./][\w./:@+-]*$/.test(text) && !/:$|^[-.]+$/.test(text) ? plainScalar(text) : quotedScalar(text);
}

function plainScalar(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = "PLAIN";
  return scalar;
}

function quotedScalar(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = "QUOTE_DOUBLE";
  return scalar;
}
