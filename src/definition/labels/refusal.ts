import type { Template } from "../../job/job.ts";
import type { LabelRules } from "../../job/label-rules.ts";
import { isChannelName } from "../../job/notify.ts";
import type { RefusalReason } from "../../job/problem.ts";
import type { JobEntry } from "../read-job.ts";
import { matchesGlob } from "../values/glob.ts";
import { imageNames } from "../values/image-reference.ts";
import { type Issue, quoted, shown } from "../values/issue.ts";
import { type LabelledObject, stackOf } from "./labelled-object.ts";

/** Why a valid job of labels is not to be run here. */
export interface Refusal {
  readonly refused: RefusalReason;
  /** `--allow-images`. */
  readonly setting: string;
  readonly message: string;
  readonly hint: string;
}

/** What the settings judge an object by. */
export type Candidate = Pick<LabelledObject, "kind" | "name" | "labels" | "image">;

/** Returns which setting keeps this object from declaring a job of this template, if one does. */
export function refuseJob({ kind }: Pick<Template, "kind">, object: Candidate, rules: LabelRules): Refusal | undefined {
  return refuseObject(object, rules) ?? refuseTemplate({ kind }, object, rules);
}

/** The same, for an object that may declare jobs at all. */
export function refuseTemplate(
  { kind }: Pick<Template, "kind">,
  object: Candidate,
  rules: LabelRules,
): Refusal | undefined {
  return kind === "exec" && !rules.allowExec ? refuseExec(object) : undefined;
}

/** Returns which setting keeps this object from declaring any job. */
export function refuseObject(object: Candidate, rules: LabelRules): Refusal | undefined {
  const { kind, name, image } = object;
  // "*" matches an object without labels, too.
  const labels = [["", ""] as const, ...Object.entries(object.labels)];
  const isAny = (patterns: readonly string[], texts: readonly string[]) =>
    patterns.some((pattern) => texts.some((text) => matchesGlob(pattern, text)));
  if (!isAny(rules.allowObjects, [name]))
    return refuse("object-not-allowed", "--allow-objects", rules.allowObjects, `the ${kind} ${shown(name)}`);
  if (!rules.allowObjectLabels.some((pattern) => labels.some((label) => isLabel(pattern, label))))
    return refuse("label-not-allowed", "--allow-object-labels", rules.allowObjectLabels, `the labels of this ${kind}`);
  const stack = stackOf(object) ?? "";
  if (!isAny(rules.allowStacks, [stack])) {
    const group = kind === "service" ? "stack" : "Compose project";
    const what = stack === "" ? `a ${kind} that belongs to no ${group}` : `the ${group} ${shown(stack)}`;
    return refuse("stack-not-allowed", "--allow-stacks", rules.allowStacks, what);
  }
  if (!isAny(rules.allowImages, imageNames(image)))
    return refuse("image-not-allowed", "--allow-images", rules.allowImages, `the image ${shown(image)}`);
  return undefined;
}

function refuse(refused: RefusalReason, setting: string, allowed: readonly string[], what: string): Refusal {
  const patterns = allowed.map((pattern) => JSON.stringify(pattern)).join(", ");
  const message = `${setting} does not allow ${what}; allowed is what matches ${patterns}`;
  return { refused, setting, message, hint: `remove its labels, or give ${setting} a pattern for it` };
}

function refuseExec({ kind }: Candidate): Refusal {
  const message = `--allow-exec false does not allow a label to run a command inside of a ${kind} that is running`;
  const hint = "leave launch out to run it in a copy, or start the scheduler with --allow-exec true";
  return { refused: "exec-not-allowed", setting: "--allow-exec", message, hint };
}

interface AllowedChannels {
  readonly written: JobEntry["written"];
  readonly refused: readonly Issue[];
}

/**
 * Returns the keys of a job without the channels that its label may not name, and warnings about those. The job runs all
 * the same: one that is not started because of that would be worse. Where no channel is left, the label counts as absent, so
 * that the channels of the setting `notify` hear of the job.
 */
export function withAllowedChannels(written: JobEntry["written"], rules: LabelRules): AllowedChannels {
  const names = Array.isArray(written.notify) ? written.notify.map(String) : [];
  const isAllowed = (name: string) =>
    !isChannelName(name) || rules.allowChannels.some((pattern) => matchesGlob(pattern, name));
  const refused = [...new Set(names)].filter((name) => !isAllowed(name));
  if (refused.length === 0) return { written, refused: [] };
  const left = names.filter(isAllowed);
  const { notify: _notify, ...others } = written;
  return {
    written: left.length === 0 ? others : { ...others, notify: left },
    refused: refused.map((name) => refuseChannel(name, rules)),
  };
}

function refuseChannel(name: string, { allowChannels }: LabelRules): Issue {
  const patterns = allowChannels.map((pattern) => JSON.stringify(pattern)).join(", ");
  const allowed = patterns === "" ? "it allows none" : `allowed is what matches ${patterns}`;
  const message = `--allow-channels does not allow the channel ${quoted(name)}; ${allowed}: the job runs, and sends no notices there`;
  const hint = "leave it out, or give --allow-channels a pattern for it";
  return { path: ["notify"], on: "value", message, hint, severity: "warning", refused: "channel-not-allowed" };
}

/** A pattern without "=" is for the key alone. */
function isLabel(pattern: string, [key, value]: readonly [string, string]): boolean {
  const equals = pattern.indexOf("=");
  if (equals === -1) return matchesGlob(pattern, key);
  return matchesGlob(pattern.slice(0, equals), key) && matchesGlob(pattern.slice(equals + 1), value);
}

type Owner = Pick<LabelledObject, "kind" | "user" | "mayBecomeAnyone">;

/** True for a user that is written as root. */
export function isRoot(user: string): boolean {
  return /^(0|root)(:|$)/.test(user);
}

/** True where a copy of the object may run as this user: it must not be able to do what the object cannot. */
export function mayRunAs(user: string, object: Owner): boolean {
  return user === object.user || object.mayBecomeAnyone;
}

/** Explains to the job's author why it may not. */
export function explainUser(user: string, { kind, user: own }: Owner): { message: string; hint: string } {
  const runsAs = own === "" ? "the user of its image" : shown(own);
  const message = `user ${shown(user)} cannot be set by a label: this ${kind} runs as ${runsAs}, and may not be able to become another`;
  const root = kind === "service" ? "says user: root itself" : "runs as root";
  return { message, hint: `leave it out; only a ${kind} that ${root}, with all capabilities of root, may be another` };
}
