import type { YamlMap, YamlValue } from "../values/yaml.ts";

/** Keys of maps whose own keys are names of the user's, which may well begin with `x-`. */
const NAMES_OF_THE_USER: ReadonlySet<string> = new Set([
  ...["annotations", "driver_opts", "environment", "extra_hosts", "labels", "networks", "options", "storage_opt"],
  ...["sysctls", "ulimits"],
]);

/** Deeper than this no key of Compose stands: what is below is left as it is. */
const DEEPEST = 6;

/** Without the keys that begin with `x-`: as in Compose they are the user's, and say nothing to us. */
export function withoutExtensions(job: YamlMap): YamlMap {
  return withoutBelow(job, { hasNames: false, depth: 0, seen: new Map() }) as YamlMap;
}

interface Place {
  readonly hasNames: boolean;
  readonly depth: number;
  /** Aliases make one value stand in many places, whose number may grow with each of them: it is read once for each kind of place. */
  readonly seen: Map<string, WeakMap<object, YamlValue>>;
}

function withoutBelow(value: YamlValue, place: Place): YamlValue {
  const { hasNames, depth, seen } = place;
  if (typeof value !== "object" || value === null || depth > DEEPEST) return value;
  const kind = `${depth} ${hasNames}`;
  const known = seen.get(kind) ?? new WeakMap<object, YamlValue>();
  seen.set(kind, known);
  const found = known.get(value) ?? copyWithout(value, place);
  known.set(value, found);
  return found;
}

function copyWithout(value: YamlMap | readonly YamlValue[], { hasNames, depth, seen }: Place): YamlValue {
  const below = { depth: depth + 1, seen };
  if (Array.isArray(value)) return value.map((item: YamlValue) => withoutBelow(item, { ...below, hasNames }));
  const entries = Object.entries(value).filter(([key]) => hasNames || !key.startsWith("x-"));
  return Object.fromEntries(
    entries.map(([key, each]) => [
      key,
      withoutBelow(each, { ...below, hasNames: !hasNames && NAMES_OF_THE_USER.has(key) }),
    ]),
  );
}
