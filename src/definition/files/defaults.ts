import { isSameHeader } from "../http-form.ts";
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

const HEADERS = "http.headers";

function merge(shared: YamlMap, own: YamlMap, above: readonly string[] = []): YamlMap {
  const both = Object.entries(own).map(([key, value]): [string, YamlValue] => {
    const below = Object.hasOwn(shared, key) && !WHOLE.includes(key) ? shared[key] : undefined;
    return [key, isMapValue(value) && isMapValue(below) ? merge(below, value, [...above, key]) : value];
  });
  const left = above.join(".") === HEADERS ? withoutHeaders(shared, own) : shared;
  return { ...left, ...Object.fromEntries(both) };
}

/** A header may have its value in a file, and its name in another case: it is the same header. */
function withoutHeaders(shared: YamlMap, own: YamlMap): YamlMap {
  const names = Object.keys(own);
  const isLeft = (key: string) => Object.hasOwn(own, key) || !names.some((name) => isSameHeader(name, key));
  return Object.fromEntries(Object.entries(shared).filter(([key]) => isLeft(key)));
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
