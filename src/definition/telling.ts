/**
 * Who is told how the runs of a job end, and what is expected of them: keys of schedule files, and of labels as far as they
 * name nothing but channels. Addresses are the operator's: channels have them, and the key `healthchecks`, which labels do
 * not have.
 *
 * The rules stand on the job's record, so they are bounded.
 */
import * as z from "zod";
import {
  DEFAULT_NOTICE_KINDS,
  isChannelName,
  MOST_NOTIFY_RULES,
  NO_CHANNEL,
  NOTICE_KINDS,
  type NoticeKind,
  type NotifyRule,
  type Telling,
} from "../job/notify.ts";
import { didYouMean, nearestWord } from "../job/problem.ts";
import { parseDuration } from "./values/duration.ts";
import { positiveDuration } from "./values/duration-field.ts";
import {
  bool,
  choice,
  listOf,
  mapOf,
  matching,
  oneOrMore,
  scalar,
  scalarInput,
  wholeNumber,
  written,
} from "./values/fields.ts";
import { given } from "./values/given.ts";
import { type Issue, quoted } from "./values/issue.ts";

/** What reading a job needs to know of channels. */
export interface TellingSettings {
  /** The channels of jobs that do not say who is told. Default: none. */
  readonly defaultNotify?: readonly string[];
  /** All channels. Absent, or without an answer, where they are not known: then any name may be one. */
  readonly channels?: () => ChannelNames | undefined;
}

/** A set of names, or a map of channels by name. Other channels are another one. */
export type ChannelNames = Pick<ReadonlyMap<string, unknown>, "has" | "keys">;

const MOST_AFTER = 1000;
/** More than the end of an output that a record keeps. */
const MOST_OUTPUT_LINES = 100;
const SOONEST_REMINDER_MS = 60_000;

const channel = scalar({
  expected: 'the name of a channel (of a-z, 0-9, "_" and "-", at most 32)',
  read: (text) => (isChannelName(text) ? text : undefined),
  forms: [matching(/^[a-z0-9][a-z0-9_-]{0,31}$/)],
});

const ruleKeys = {
  to: oneOrMore(channel, "the name of a channel, or a list of them"),
  on: oneOrMore(choice(...NOTICE_KINDS), "a list such as [failed, recovered], or one of them").nullish(),
  after: wholeNumber(1, MOST_AFTER).nullish(),
  remind: scalar({
    expected: "a duration of at least 1m such as 4h or 1d",
    read: (text) => {
      const ms = parseDuration(text) ?? 0;
      return ms >= SOONEST_REMINDER_MS ? ms : undefined;
    },
    forms: [{ type: "string", pattern: "^[0-9.]+[a-zµ]" }],
  }).nullish(),
  output: wholeNumber(0, MOST_OUTPUT_LINES).nullish(),
};

type RuleKeys = z.output<z.ZodObject<typeof ruleKeys>>;

const A_RULE = "the name of a channel, or a map with to, on, after, remind and output";

/** A name alone is the channel. */
const rule = written(
  z.preprocess(
    (value) => (typeof value === "string" ? { to: value } : value),
    mapOf(ruleKeys, A_RULE).check(({ value, issues }) => {
      for (const { key, message, hint } of contradictions(value))
        issues.push({ code: "custom", input: value[key], path: [key], message, params: { hint } });
    }),
  ),
  { or: scalarInput(A_RULE, [matching(/^[a-z0-9]/)]) },
);

const RULES = "a list such as [ops-chat, { to: pager, after: 2 }], or none";

const notify = written(
  z.preprocess(
    (value) => (value === NO_CHANNEL ? [] : Array.isArray(value) ? value : isOne(value) ? [value] : value),
    listOf(rule.meta({ id: "notify-rule" }), RULES).check(({ value, issues }) => {
      for (const { message, hint } of tooMuch(value.flatMap(({ to }) => to)))
        issues.push({ code: "custom", input: value, message, params: { hint } });
    }),
  ),
  { orOne: true },
);

/** A single rule may stand for a list of it. */
function isOne(value: unknown): boolean {
  return typeof value === "string" || (typeof value === "object" && value !== null);
}

interface Contradiction {
  readonly key: keyof RuleKeys & string;
  readonly message: string;
  readonly hint: string;
}

/** Kinds that another kind, or a key, must go with. */
function contradictions({ on, after, remind }: RuleKeys): readonly Contradiction[] {
  if (on == null) return [];
  const has = (...kinds: readonly NoticeKind[]) => kinds.some((kind) => on.includes(kind));
  const found: Contradiction[] = [];
  if (has("recovered") && !has("failed"))
    found.push({
      key: "on",
      message: "has recovered without failed; it is told to a channel that has heard of the failure",
      hint: "add failed",
    });
  if (has("not-run") && remind == null)
    found.push({
      key: "on",
      message: "has not-run, and nothing says after how long a pause is told",
      hint: "add for example remind: 1d",
    });
  if (after != null && !has("failed"))
    found.push({ key: "after", message: "counts failures, and on does not have failed", hint: "leave it out" });
  if (remind != null && !has("failed", "not-run"))
    found.push({
      key: "remind",
      message: "repeats failed and not-run, and on has neither",
      hint: "leave it out",
    });
  return found;
}

function tooMuch(channels: readonly string[]): readonly { readonly message: string; readonly hint: string }[] {
  if (channels.length > MOST_NOTIFY_RULES) {
    const message = `names ${channels.length} channels; at most ${MOST_NOTIFY_RULES} are allowed`;
    return [{ message, hint: "a channel may itself tell several people" }];
  }
  const twice = channels.find((name, index) => channels.indexOf(name) < index);
  return twice === undefined ? [] : [{ message: `names ${quoted(twice)} twice`, hint: "keep one of them" }];
}

/** Labels name channels, and nothing else. */
const labelNotify = z
  .preprocess(
    (value) => (value === NO_CHANNEL || isOneNone(value) ? [] : typeof value === "string" ? [value] : value),
    listOf(channel, "names of channels with commas between them, or none").check(({ value, issues }) => {
      for (const { message, hint } of tooMuch(value))
        issues.push({ code: "custom", input: value, message, params: { hint } });
    }),
  )
  .transform((names) => names.map((name): RuleKeys => ({ to: [name] })));

function isOneNone(value: unknown): boolean {
  return Array.isArray(value) && value.length === 1 && value[0] === NO_CHANNEL;
}

const LONGEST_ADDRESS = 1000;
const AN_ADDRESS = "an address such as https://hc-ping.com/…";

/** The address is a secret. It is quoted nowhere, whether or not a variable has brought it. */
const address = written(
  z.string({ error: () => `must be ${AN_ADDRESS}` }).check(({ value, issues }) => {
    if (/^https?:$/.test(URL.parse(value)?.protocol ?? "") && value.length <= LONGEST_ADDRESS) return;
    issues.push({
      code: "custom",
      input: value,
      message: `must be ${AN_ADDRESS}, of at most ${LONGEST_ADDRESS} characters`,
    });
  }),
  { is: scalarInput(AN_ADDRESS, [matching(/^https?:\/\//)]) },
);
const healthchecksKeys = {
  url: address.nullish(),
  url_file: scalar({
    expected: "the absolute path of a file that has the address, such as /run/secrets/hc-backup",
    read: (text) => (text.startsWith("/") ? text : undefined),
    forms: [matching(/^\//)],
  }).nullish(),
  output: bool.nullish(),
};

const CHECK = "an address, or a map with url or url_file, and output";

const healthchecks = written(
  z.preprocess(
    (value) => (typeof value === "string" ? { url: value } : value),
    mapOf(healthchecksKeys, CHECK).check(({ value: { url, url_file }, issues }) => {
      if ((url == null) !== (url_file == null)) return;
      const message = url == null ? "has no address" : "has two addresses";
      const hint = url == null ? "add url: or url_file:" : "keep one of url and url_file";
      issues.push({ code: "custom", input: "", message, params: { hint } });
    }),
  ),
  { or: scalarInput(CHECK, [matching(/^https?:\/\//)]) },
);

const shared = {
  expected_duration: positiveDuration.nullish(),
  alert_without_success: positiveDuration.nullish(),
};

/** In schedule files. */
export const tellingKeys = {
  notify: notify.meta({ id: "notify" }).nullish(),
  ...shared,
  healthchecks: healthchecks.meta({ id: "healthchecks" }).nullish(),
};

/** In labels: no address, and no lines of an output. */
export const labelTellingKeys = { notify: labelNotify.nullish(), ...shared };

export type TellingKeys = Partial<z.output<z.ZodObject<typeof tellingKeys>>>;

export const TELLING_KEYS: readonly string[] = Object.keys(tellingKeys);

/** The keys of those that are maps. */
export const INNER_TELLING_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["notify", Object.keys(ruleKeys)],
  ["healthchecks", Object.keys(healthchecksKeys)],
]);

/** Makes what a job wants to be told, of valid keys. Undefined where it wants nothing to be told. */
export function makeTelling(
  { notify, expected_duration, alert_without_success, healthchecks }: TellingKeys,
  { defaultNotify = [] }: TellingSettings,
): Telling | undefined {
  const rules = notify ?? defaultNotify.map((to): RuleKeys => ({ to: [to] }));
  const telling = {
    notify: rules.flatMap(makeRules),
    ...given("expectedDurationMs", expected_duration),
    ...given("maxSuccessAgeMs", alert_without_success),
    ...(healthchecks != null && {
      healthchecks: {
        ...given("url", healthchecks.url),
        ...given("urlFile", healthchecks.url_file),
        output: healthchecks.output ?? false,
      },
    }),
  };
  return telling.notify.length === 0 && Object.keys(telling).length === 1 ? undefined : telling;
}

function makeRules({ to, on, after, remind, output }: RuleKeys): NotifyRule[] {
  return to.map((name) => ({
    to: name,
    on: on == null ? DEFAULT_NOTICE_KINDS : NOTICE_KINDS.filter((kind) => on.includes(kind)),
    after: after ?? 1,
    ...given("remindMs", remind),
    output: output ?? 0,
  }));
}

/** Finds what is valid and has no effect: names of channels that are none, and runs that end before they are long. */
export function doubtTelling(
  { notify, expected_duration: expected }: TellingKeys,
  { timeout }: { readonly timeout?: number | null | undefined },
  { channels }: TellingSettings,
): readonly Issue[] {
  const known = channels?.();
  const unknown = (notify ?? []).flatMap(({ to }, index) =>
    to.flatMap((name, each) =>
      known === undefined || known.has(name) ? [] : [noChannel(name, known, ["notify", index, "to", each])],
    ),
  );
  if (expected == null || timeout == null || expected < timeout) return unknown;
  const message = "expected_duration is not less than timeout, which ends a run before it is told as long-running";
  return [
    ...unknown,
    { path: ["expected_duration"], on: "value", message, hint: "make it less than timeout", severity: "warning" },
  ];
}

const MOST_NAMED = 20;

function noChannel(name: string, known: ChannelNames, path: Issue["path"]): Issue {
  const names = [...known.keys()];
  const some = `${names.slice(0, MOST_NAMED).join(", ")}${names.length > MOST_NAMED ? ", …" : ""}`;
  const hint =
    names.length === 0
      ? "name a file with channels in the setting channels"
      : (didYouMean(nearestWord(name, names)) ?? `there are ${some}`);
  const message = `notify names ${quoted(name)}, and there is no such channel: the job runs, and sends no notices there`;
  return { path, on: "value", message, hint, severity: "warning" };
}
