import type { YamlMap, YamlValue } from "./yaml-value.ts";

/** Keys of maps whose own keys are names of the user's, which may well begin with `x-`. */
const NAMES_OF_THE_USER: ReadonlySet<string> = new Set([
  ...["annotations", "driver_opts", "environment", "extra_hosts", "labels", "networks", "options", "storage_opt"],
  ...["sysctls", "ulimits"],
]);

/** Without the keys that begin with `x-`: as in Compose they are the user's, and say nothing to us. */
export function withoutExtensions(job: YamlMap): YamlMap {
  const entries = Object.entries(job).filter(([key]) => !key.startsWith("x-"));
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutBelow(value, NAMES_OF_THE_USER.has(key))]));
}

function withoutBelow(value: YamlValue, hasNames: boolean): YamlValue {
  if (Array.isArray(value)) return value.map((item: YamlValue) => withoutBelow(item, hasNames));
  if (typeof value !== "object" || value === null) return value;
  const map = value as YamlMap;
  if (!hasNames) return withoutExtensions(map);
  return Object.fromEntries(Object.entries(map).map(([name, each]) => [name, withoutBelow(each, false)]));
}
