import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { visible } from "../../../job/problem.ts";
import type { FileValue } from "../../import/imported.ts";
import type { FileMap } from "../source-file.ts";

export interface ComposeParts {
  readonly head: readonly string[];
  readonly top: FileMap;
  readonly jobs: readonly ComposeJob[];
  /** About what is not in the file. */
  readonly foot: readonly string[];
  /** Texts that were written in quotes, which keep numbers and words such as true from being taken for something else. */
  readonly quoted: ReadonlySet<string>;
}

export interface ComposeJob {
  readonly name: string;
  readonly keys: FileMap;
  readonly comments: readonly string[];
}

/** Writes a Compose file. Comments stand before what they are about. */
export function writeCompose({ head, top, jobs, foot, quoted }: ComposeParts): string {
  const write = writer(quoted);
  const root = new YAMLMap();
  for (const [key, value] of Object.entries(top)) root.items.push(new Pair(write(key), write(value)));
  const written = new YAMLMap();
  for (const [index, { name, keys, comments }] of jobs.entries()) {
    const key = write(name) as Scalar;
    if (comments.length > 0) key.commentBefore = commentOf(comments);
    if (index > 0) key.spaceBefore = true;
    written.items.push(new Pair(key, write(keys)));
  }
  written.flow = jobs.length === 0;
  root.items.push(new Pair(write("jobs"), written));
  const document = new Document(root, { schema: "failsafe" });
  document.commentBefore = commentOf(head);
  if (foot.length > 0) document.comment = commentOf(foot);
  return document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: 1_000_000_000 });
}

function commentOf(lines: readonly string[]): string {
  return lines.map((line) => ` ${visible(line)}`).join("\n");
}

function writer(quoted: ReadonlySet<string>): (value: FileValue) => Scalar | YAMLSeq | YAMLMap {
  const write = (value: FileValue): Scalar | YAMLSeq | YAMLMap => {
    if (value === null) return scalar("", "PLAIN");
    if (typeof value === "string")
      return scalar(value, isPlain(value) && !quoted.has(value) ? "PLAIN" : "QUOTE_DOUBLE");
    if (Array.isArray(value)) {
      const list = new YAMLSeq();
      list.items = value.map(write);
      list.flow = value.every((item) => typeof item === "string");
      return list;
    }
    const map = new YAMLMap();
    for (const [key, item] of Object.entries(value)) map.items.push(new Pair(write(key), write(item)));
    map.flow = map.items.length === 0;
    return map;
  };
  return write;
}

function scalar(text: string, type: "PLAIN" | "QUOTE_DOUBLE"): Scalar {
  const made = new Scalar(text);
  made.type = type;
  return made;
}

/** True for a simple word. */
function isPlain(text: string): boolean {
  return /^[\w./][\w./:@+-]*$/.test(text) && !/:$|^[-.]+$/.test(text);
}
