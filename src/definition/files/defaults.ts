import { isForOtherJobs } from "../compose/exec-schema.ts";
import { isMapValue, type YamlMap, type YamlValue } from "../values/yaml.ts";
import type { ReadValue } from "./yaml-value.ts";

/** Written as a map or as a list of `NAME=value`; put together by their names all the same. */
const ASSIGNMENTS: readonly string[] = ["environment", "labels"];

/**
 * A job's value with the defaults of its file. What the job says itself counts; maps are put together key by key, as
 * deep as they go; anything else is the one or the other, a list too. A key without a value takes the default away.
 * Defaults may be for jobs that have a container of their own, and for those that run in another: what says nothing of
 * a job of this kind is none of its.
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
    const below = Object.hasOwn(shared, key) ? shared[key] : undefined;
    return [key, isMapValue(value) && isMapValue(below) ? merge(below, value) : value];
  });
  return { ...shared, ...Object.fromEntries(both) };
}

/** A list that holds anything else is left as it is, so that what is wrong with it is said. */
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
