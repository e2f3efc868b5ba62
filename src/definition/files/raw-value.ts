import { isAlias, isMap, isScalar, isSeq } from "yaml";
import { Allowance } from "../values/allowance.ts";
import type { YamlValue } from "../values/yaml.ts";
import { isMergeKey, isNull, type YamlDocument } from "./yaml-document.ts";

interface RawReader {
  readonly read: (node: unknown) => YamlValue;
  /** The texts among what was read that are not plain. */
  readonly quoted: ReadonlySet<string>;
}

/**
 * Returns a reader of values as they are written: variables are not filled in, aliases and `<<` are followed.
 *
 * `read` throws a RangeError for what stands for more than its text justifies.
 */
export function rawReader(document: YamlDocument, textLength: number): RawReader {
  const allowance = new Allowance(textLength);
  const quoted = new Set<string>();
  const read = (node: unknown): YamlValue => {
    if (!allowance.take(1)) throw new RangeError("its aliases stand for too much");
    if (isAlias(node)) return read(document.targetOf(node));
    if (isNull(node)) return null;
    if (isScalar(node)) {
      const text = String(node.value);
      if (node.type !== "PLAIN") quoted.add(text);
      return text;
    }
    if (isSeq(node)) return node.items.map(read);
    if (!isMap(node)) return null;
    const own = node.items.filter(({ key }) => !isMergeKey(key));
    const merged = node.items.filter(({ key }) => isMergeKey(key)).flatMap(({ value }) => [read(value)].flat());
    const shared = merged.toReversed().flatMap((each) => Object.entries(each ?? {}));
    return Object.fromEntries([
      ...shared,
      ...own.map(({ key, value }) => [isScalar(key) ? String(key.value) : "", read(value)]),
    ]) as YamlValue;
  };
  return { read, quoted };
}
