import { isAlias, isMap, isScalar, type Pair } from "yaml";
import { type DeclaredPool, isPoolName, MOST_SLOTS, POOL_NAME } from "../../job/pool.ts";
import { isWarning, type Problem } from "../../job/problem.ts";
import { wholeNumber } from "../values/fields.ts";
import { shown } from "../values/issue.ts";
import { placeProblems } from "./places.ts";
import { isNull, offsetOf, type YamlDocument } from "./yaml-document.ts";
import type { ReadValue } from "./yaml-value.ts";

interface PoolsReading {
  /** Absent where one of them cannot be read. */
  readonly pools?: readonly DeclaredPool[];
  readonly problems: readonly Problem[];
}

/** How many slots a pool may have. */
export const slots = wholeNumber(1, MOST_SLOTS);

/** Reads what stands under `pools` at the top of a file: how many slots each pool has. */
export function readPools(
  document: YamlDocument,
  pair: Pair | undefined,
  readValue: (node: unknown) => ReadValue,
): PoolsReading {
  if (pair === undefined) return { pools: [], problems: [] };
  const node = isAlias(pair.value) ? document.targetOf(pair.value) : pair.value;
  if (isNull(node)) return { pools: [], problems: [] };
  if (!isMap(node)) {
    const message = "pools must be a map from names of pools to their numbers of slots";
    return { problems: [{ at: document.at(offsetOf(pair.value)), message, hint: "write pools: {db: 2}" }] };
  }
  const read = node.items.map((entry) => readPool(entry, document, readValue));
  const problems = read.flatMap(({ problems }) => problems);
  return problems.every(isWarning) ? { pools: read.flatMap(({ pool }) => pool ?? []), problems } : { problems };
}

function readPool(
  { key, value }: Pair,
  document: YamlDocument,
  readValue: (node: unknown) => ReadValue,
): { readonly pool?: DeclaredPool; readonly problems: readonly Problem[] } {
  const name = isScalar(key) ? String(key.value) : "";
  const at = document.at(offsetOf(key));
  if (!isPoolName(name)) {
    const message = `${shown(name)} cannot name a pool; allowed are ${POOL_NAME}`;
    return { problems: [{ at, message }] };
  }
  const written = readValue(value);
  const limit = slots.safeParse(written.value);
  const issues = limit.success
    ? []
    : limit.error.issues.map(({ message }) => ({
        path: [],
        on: "value" as const,
        message: `pools.${name} ${message}`,
      }));
  const problems = placeProblems([...written.flaws], issues, { document, node: value, keyOffset: offsetOf(key) });
  return limit.success && problems.every(isWarning)
    ? { pool: { name, limit: limit.data, at }, problems }
    : { problems };
}
