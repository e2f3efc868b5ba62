import type { Job, Origin, Template } from "../job/job.ts";
import { jobHash } from "../job/job-hash.ts";
import { isWarning } from "../job/problem.ts";
import type { CheckTimes } from "./check-times.ts";
import { checkCommand } from "./compose/command.ts";
import { checkNameForNodes, makeEachNode } from "./each-node.ts";
import { checkExclusions, makeExclusions } from "./exclusions.ts";
import { checkInputs } from "./inputs.ts";
import type { Launch } from "./launches.ts";
import {
  makeAfter,
  makePolicies,
  makeSchedules,
  type ObjectPolicies,
  type PolicyKeys,
  type ScheduleSettings,
} from "./policies.ts";
import { doubtTelling, makeTelling, type TellingKeys, type TellingSettings } from "./telling.ts";
import { given } from "./values/given.ts";
import type { Issue } from "./values/issue.ts";

/** One job as a source found it, with its keys as they were written: none of them is known to be valid. */
export interface JobEntry {
  readonly name: string;
  readonly origin: Origin;
  readonly written: Readonly<Record<string, unknown>>;
}

/**
 * A way to say what is run. There are two: the keys of a file's job (`compose-form.ts`), and labels
 * on the object that is run (`labels/label-form.ts`). Policies are the same in both.
 */
export interface Form {
  readonly launch: Launch;
  /** Reads the keys of this form, and with them the policies; of keys that are not valid it makes issues. */
  readonly read: (written: JobEntry["written"]) => FormReading;
  /** Policies that the keys do not say themselves. */
  readonly objectPolicies?: ObjectPolicies;
  /** The placement constraints of the object that is run, where the template does not have them. */
  readonly constraints?: readonly string[];
}

export interface FormReading {
  /** Absent where an issue is an error. */
  readonly valid?: { readonly policies: PolicyKeys & TellingKeys; readonly template: Template } | undefined;
  readonly issues: readonly Issue[];
}

export interface ReadJobSettings extends TellingSettings, ScheduleSettings {
  readonly checkTimes: CheckTimes;
}

interface ReadJob {
  /** Absent where an issue is an error. */
  readonly job?: Job;
  readonly issues: readonly Issue[];
}

/**
 * The door of this room: every job is made here, whatever source it comes from. Never throws. The source turns issues
 * into problems, because it knows where things stand.
 */
export function readJob({ name, origin, written }: JobEntry, form: Form, settings: ReadJobSettings): ReadJob {
  const { valid, issues: inForm } = form.read(written);
  const issues = [
    ...inForm,
    ...settings.checkTimes(written, name),
    ...checkInputs(written),
    ...checkNameForNodes(name, written),
    ...(form.launch === "http" ? [] : checkCommand(written, form.launch)),
    ...(valid === undefined ? [] : checkExclusions(valid.policies)),
    ...(valid === undefined ? [] : doubtTelling(valid.policies, valid.policies, settings)),
  ];
  if (valid === undefined || !issues.every(isWarning)) return { issues };
  const { policies: keys, template } = valid;
  const policies = makePolicies(keys, form.objectPolicies);
  const timezone = keys.timezone ?? settings.defaultTimezone;
  const { startingDeadlineMs } = policies;
  const job = {
    name,
    origin,
    schedules: makeSchedules(keys, name, settings),
    ...given("exclusions", makeExclusions(keys, { timezone, startingDeadlineMs })),
    ...given("after", makeAfter(keys)),
    template,
    policies,
    suspended: keys.suspended ?? false,
    ...given("inputs", Object.keys(keys.inputs ?? {}).length > 0 ? keys.inputs : undefined),
    ...given("eachNode", makeEachNode(keys, template, form.constraints)),
  };
  const telling = makeTelling(keys, settings);
  return { job: { ...job, hash: jobHash(job), ...given("telling", telling) }, issues };
}
