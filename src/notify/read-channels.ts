import * as z from "zod";
import {
  explainIssues,
  madeOf,
  mapOf,
  mustBe,
  type OperatorFile,
  type Path,
  readOperatorFile,
  written,
} from "../definition/files/operator-file.ts";
import { parseDuration } from "../definition/values/duration.ts";
import type { FileText } from "../followed-file.ts";
import { isChannelName } from "../job/notify.ts";
import { boundProblem, didYouMean, nearestWord, type Problem } from "../job/problem.ts";
import type { Channel, ChannelKind, Channels } from "./channel.ts";
import { channelKinds } from "./channels/kinds.ts";
import { httpBase, wholeNumber } from "./options.ts";

export type ChannelsRead = { readonly channels: Channels } | { readonly problems: readonly Problem[] };

interface Parts {
  readonly path: string;
  /** Reads a file that has a secret. Never rejects. */
  readonly readSecret: (path: string) => Promise<FileText>;
}

/** Reads the file of `--channels`, or says all that is wrong with it. No message quotes a secret, or what may be one. */
export async function readChannels(text: string, { path, readSecret }: Parts): Promise<ChannelsRead> {
  const opened = readOperatorFile(text, path, (file) => ({ file }));
  if ("problems" in opened) return opened;
  const { file } = opened;
  const whole = FILE.safeParse(file.value);
  const problems = whole.success ? [] : explainIssues(whole.error.issues, file, knownAtTop);
  const read = await Promise.all(
    Object.entries(channelsOf(file.value)).map(([name, given]) => readChannel(name, given, { file, readSecret })),
  );
  problems.push(...read.flatMap((one) => ("problems" in one ? one.problems : [])));
  if (!whole.success || problems.length > 0) return { problems: problems.map(boundProblem) };
  const channels = read.flatMap((one) => ("channel" in one ? [one.channel] : []));
  const { group = DEFAULT_GROUP_MS, digest_above = DEFAULT_DIGEST_ABOVE, page_url } = whole.data.defaults ?? {};
  return {
    channels: {
      byName: new Map(channels.map((channel) => [channel.name, channel])),
      groupMs: group,
      digestAbove: digest_above,
      ...(page_url !== undefined && { pageUrl: `${page_url}/` }),
    },
  };
}

/** Returns the files with secrets that the file names: when one of them changes, it is to be read again. */
export function secretFilesOf(text: string): readonly string[] {
  const opened = readOperatorFile(text, "", ({ value }) => ({ value }));
  if ("problems" in opened) return [];
  const paths = Object.values(channelsOf(opened.value)).flatMap((given) =>
    kindOf(given) ? filesOf(given, kindOf(given) as ChannelKind).map(({ file }) => file) : [],
  );
  return [...new Set(paths.filter(isPath))];
}

const DEFAULT_GROUP_MS = 30_000;
const DEFAULT_DIGEST_ABOVE = 5;
const LONGEST_GROUP_MS = 3_600_000;
const MOST_CHANNELS = 100;

const group = madeOf("a duration such as 30s, at most 1h", (text) => {
  const ms = parseDuration(text);
  return ms !== undefined && ms <= LONGEST_GROUP_MS ? ms : undefined;
});
const defaults = {
  group: group.optional(),
  digest_above: wholeNumber(1, 100).optional(),
  page_url: httpBase("https://cron.example.org/").optional(),
};
const map = z.record(z.string(), z.unknown(), { error: ({ input }) => mustBe("a map with kind", input) });
const top = {
  channels: z
    .record(
      z.string().refine(isChannelName, {
        error: () => "this cannot name a channel: lower-case letters, digits, - and _, at most 32, and not none",
      }),
      map,
      {
        error: ({ code, input }) => (code === "invalid_type" ? mustBe("a map of channels by name", input) : undefined),
      },
    )
    .refine((channels) => Object.keys(channels).length <= MOST_CHANNELS, {
      error: () => `must have at most ${MOST_CHANNELS} channels`,
    }),
  defaults: mapOf(defaults, Object.keys(defaults).join(", ")).optional(),
};
const FILE = mapOf(top, Object.keys(top).join(", "));

function knownAtTop([first]: Path): readonly string[] {
  return Object.keys(first === "defaults" ? defaults : top);
}

type Given = Readonly<Record<string, unknown>>;

/** The channels that are maps, and have a name; the others are wrong already, and what is no name may be a secret. */
function channelsOf(value: unknown): Readonly<Record<string, Given>> {
  const { channels } = isMap(value) ? value : {};
  return isMap(channels)
    ? Object.fromEntries(
        Object.entries(channels).filter(
          (entry): entry is [string, Given] => isChannelName(entry[0]) && isMap(entry[1]),
        ),
      )
    : {};
}

function isMap(value: unknown): value is Given {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface Reading {
  readonly file: OperatorFile;
  readonly readSecret: Parts["readSecret"];
}

type ChannelRead = { readonly channel: Channel } | { readonly problems: readonly Problem[] };

async function readChannel(name: string, given: Given, { file, readSecret }: Reading): Promise<ChannelRead> {
  const above = ["channels", name];
  const kind = kindOf(given);
  if (kind === undefined) return { problems: [wrongKind(given.kind, [...above, "kind"], file)] };
  const { value, problems, fromFiles } = await withSecrets(given, kind, { above, file, readSecret });
  const read = kind.schema.safeParse(value);
  // Of a secret that could not be read, nothing else is worth saying.
  const unread = new Set(problems.map(({ of }) => of));
  const issues = read.success ? [] : read.error.issues.filter(({ path }) => !unread.has(written(path as Path)));
  const explained = explainIssues(
    issues.map((issue) => placed(issue, above, fromFiles)),
    file,
    (path) => (path.length === above.length ? knownKeys(kind) : []),
  );
  const all = [...problems.map(({ problem }) => problem), ...explained];
  if (!read.success || all.length > 0) return { problems: all };
  return { channel: { name, kind: kind.name, groups: kind.groups, ...read.data } };
}

function kindOf({ kind }: Given): ChannelKind | undefined {
  return channelKinds.find(({ name }) => name === kind);
}

/** What others call it, or what it can be done with. */
const MEANT: Readonly<Record<string, string>> = {
  mattermost: "write kind: slack, with the address of an incoming webhook",
  rocketchat: "write kind: slack, with the address of an incoming webhook",
  "rocket.chat": "write kind: slack, with the address of an incoming webhook",
  msteams: "write kind: teams, with the address of a workflow",
  smtp: "write kind: email",
  mail: "write kind: email",
  http: "write kind: webhook",
  json: "write kind: webhook",
};

function wrongKind(kind: unknown, path: Path, file: OperatorFile): Problem {
  const names = channelKinds.map(({ name }) => name);
  const message = `${written(path)} ${mustBe(`one of ${names.join(", ")}`, kind)}`;
  const word = typeof kind === "string" ? kind.toLowerCase() : "";
  const hint = MEANT[word] ?? didYouMean(nearestWord(word, names));
  return { at: file.placeOf(path), message, ...(hint !== undefined && { hint }) };
}

function knownKeys({ keys, secrets }: ChannelKind): readonly string[] {
  return ["kind", ...keys, ...secrets.map((key) => `${key}_file`)];
}

/** A secret that is in a file of its own. */
interface SecretFile {
  /** Where the secret belongs, and where its file is named. */
  readonly key: Path;
  readonly named: Path;
  readonly file: unknown;
}

/** `url_file` for `url`; every header may be a secret. */
function filesOf(given: Given, { secrets, keys }: ChannelKind): readonly SecretFile[] {
  const own = secrets.map((key) => ({ key: [key], named: [`${key}_file`], file: given[`${key}_file`] }));
  const headers = keys.includes("headers") && isMap(given.headers) ? Object.entries(given.headers) : [];
  const inHeaders = headers
    .filter(([name]) => name.endsWith("_file"))
    .map(([name, file]) => ({ key: ["headers", name.slice(0, -"_file".length)], named: ["headers", name], file }));
  return [...own.filter(({ named: [name] }) => Object.hasOwn(given, name as string)), ...inHeaders];
}

function isPath(file: unknown): file is string {
  return typeof file === "string" && /^\/[^\p{Cc}]{1,1000}$/u.test(file);
}

interface WithSecrets {
  readonly value: Given;
  /** Of the secrets that could not be read. */
  readonly problems: readonly { readonly of: string; readonly problem: Problem }[];
  /** The secrets that are from files, and where those are named. */
  readonly fromFiles: ReadonlyMap<string, Path>;
}

async function withSecrets(
  given: Given,
  kind: ChannelKind,
  { above, file, readSecret }: Reading & { readonly above: Path },
): Promise<WithSecrets> {
  const value: Record<string, unknown> = { ...given, ...(isMap(given.headers) && { headers: { ...given.headers } }) };
  const problems: { of: string; problem: Problem }[] = [];
  const fromFiles = new Map<string, Path>();
  for (const { key, named, file: path } of filesOf(given, kind)) {
    const [holder, last] = [key.length > 1 ? (value.headers as Record<string, unknown>) : value, String(key.at(-1))];
    const secret = await readSecretFile(path, Object.hasOwn(holder, last), readSecret);
    delete holder[String(named.at(-1))];
    if ("wrong" in secret) {
      const at = [...above, ...named];
      const problem = { at: file.placeOf(at), message: `${written(at)} ${secret.wrong}` };
      problems.push({ of: written(key), problem: { ...problem, ...(secret.hint && { hint: secret.hint }) } });
    } else {
      holder[last] = secret.text;
      fromFiles.set(written(key), named);
    }
  }
  return { value, problems, fromFiles };
}

type Secret = { readonly text: string } | { readonly wrong: string; readonly hint?: string };

/** The operator may have written the secret itself in place of its file, so not even a path is quoted. */
async function readSecretFile(path: unknown, isGiven: boolean, read: Parts["readSecret"]): Promise<Secret> {
  if (!isPath(path)) {
    const hint = "write for example /run/secrets/slack";
    return { wrong: "must be the path of a file, which begins with /, not what is written", hint };
  }
  if (isGiven) return { wrong: "cannot be given together with the secret itself", hint: "leave one of them out" };
  const found = await read(path);
  if ("problem" in found) return { wrong: `names a file that cannot be used: ${found.problem.message}` };
  return { text: found.text.replace(/^\uFEFF/, "").trim() };
}

/** Where an issue of a channel stands in the file. */
function placed(issue: z.core.$ZodIssue, above: Path, fromFiles: ReadonlyMap<string, Path>): z.core.$ZodIssue {
  const path = issue.path as Path;
  const named = fromFiles.get(written(path));
  if (named === undefined) return { ...issue, path: [...above, ...path] };
  return { ...issue, path: [...above, ...named], message: `names a file whose content ${issue.message}` };
}
