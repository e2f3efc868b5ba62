import type { YamlValue } from "../values/yaml.ts";

/**
 * True when a map inside of a job looks like a job itself: one line too far to the right makes the next job a part
 * of this one, and then it is not clear any more which jobs the file declares.
 */
export function holdsJob(value: YamlValue): boolean {
  const seen = new Set<unknown>();
  const looksLikeJob = (inner: YamlValue): boolean => {
    if (typeof inner !== "object" || inner === null || seen.has(inner)) return false;
    seen.add(inner);
    return "schedule" in inner || "image" in inner || Object.values(inner).some(looksLikeJob);
  };
  return typeof value === "object" && value !== null && Object.values(value).some(looksLikeJob);
}
