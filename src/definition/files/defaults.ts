import { isForOtherJobs } from "../launches.ts";
import { isMapValue, type YamlMap, type YamlValue } from "../values/yaml.ts";
import type { ReadValue } from "./yaml-value.ts";

/** Keys that may be a map or a list of `NAME=value`. Both forms are merged by name. */
const ASSIGNMENTS: readonly string[] = ["environment", "labels"];

/** Keys that replace a default as a whole, even where both are maps. */
const WHOLE: readonly string[] = ["notify"];

/**
 * Returns a job's value with the defaults of its file. The job's own keys win. Maps are merged key by key, at any depth;
 * anything else, lists included, is taken as a whole. A key without a value removes the default. Defaults may be for jobs
 * with a container of their own as well as for other values of `launch`: a default that means nothing for this job is left out.
 */
export function withDefaults(job: ReadValue, defaults: ReadValue | undefined): ReadValue {
  if (defaults === undefined || !isMapValue(job.value)) return job;
  if (defaults.value === null) return job;
  if (!isMapValue(defaults.value)) return { ...job, flaws: new Set([...job.flaws, ...defaults.flaws]) };
  const own = Object.fromEntries(Object.entries(job.value).map(asMap));
  const { launch = null } = { ...defaults.value, ...own };
  const entries = Object.entries(defaults.value).filter(([key]) => !isForOtherJobs(key, { launch }));
  const shared = Object.fromEntries(entries.map(asMap));
  const flaws = new Set([...job.flaws, ...defaults.flaws]);
  return { value: merge(shared, own), flaws, size: job.size + defaults.size };
}

function merge(shared: YamlMap, own: YamlMap): YamlMap {
  const both = Object.entries(own).map(([key, value]): [string, YamlValue] => {
    const below = Object.hasOwn(shared, key) && !WHOLE.includes(key) ? shared[key] : undefined;
    return [key, isMapValue(value) && isMapValue(below) ? merge(below, value) : value];
  });
  return { ...shared, ...Object.fromEntries(both) };
}

/** A list that holds anything else is left as it is, so that the schema reports it. */
function asMap([key, value]: readonly [string, YamlValue]): [string, YamlValue] {
  if (!ASSIGNMENTS.includes(key) || !Array.isArray(value)) return [key, value];
  const entries = value.map(readItem);
  return entries.every((entry) => entry !== undefined) ? [key, Object.fromEntries(entries)] : [key, value];
}

function readItem(item: YamlValue): [string, YamlValue] | undefined {
  if (typeof item !== "string" || /^=|^$|^__proto__/.test(item)) return undefined;
  const equals = item.indexOf("=");
  return equals === -1 ? [item, null] : [item.slice(0, equals), item.slice(equals + 1)];
}
