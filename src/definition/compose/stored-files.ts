import * as z from "zod";
import type { ObjectKind, StoredFile } from "../../job/job.ts";
import { STORED_NAME } from "../values/docker-name.ts";
import { listOf, mapOf, matching, scalar, wholeFrom } from "../values/fields.ts";
import { given } from "../values/given.ts";
import { type Issue, mustBe, part } from "../values/issue.ts";
import { normalizePath, resolvePath } from "../values/path.ts";
import type { YamlMap, YamlValue } from "../values/yaml.ts";
import { brokenKey, type Declared } from "./declared.ts";
import { AS_SERVICES, below, isGiven, type KeyGroup } from "./key-group.ts";

/** YAML reads 440 as four hundred and forty, which is `rw-rwx---`: only a leading 0 says that it is octal. */
const mode = scalar({
  expected: "permissions in octal such as 0440",
  read: (written) => {
    const digits = /^0o?0?([0-7]{3})$/.exec(written)?.[1];
    return digits === undefined ? undefined : Number.parseInt(digits, 8);
  },
  hint: (written) => (/^[0-7]{3}$/.test(written) ? `write 0${written}` : undefined),
  // A number has lost its zero where YAML is read as others do.
  forms: [matching(/^0o?0?([0-7]{3})$/), wholeFrom(0)],
});

/** A file whose owner need not be known. */
type WrittenFile = Omit<StoredFile, "uid" | "gid"> & Partial<Pick<StoredFile, "uid" | "gid">>;

/** A kind of store, and the folder that its files go to when no absolute path is written. */
interface Store {
  readonly what: "secret" | "config";
  readonly folder: string;
}

const LONG_KEYS = ["source", "target", "uid", "gid", "mode"] as const;

/** By its name in the store, or in Compose's long form. */
function storedFile({ what, folder }: Store) {
  const named = scalar({
    expected: `the name of a ${what} in Swarm's store`,
    read: (written) => (STORED_NAME.test(written) ? written : undefined),
    forms: [matching(STORED_NAME), { type: "number" }],
  });
  const expected = `a ${what}'s name, or a map with its source`;
  const longKeys = {
    source: named,
    target: targetIn(folder).nullish(),
    uid: numberOf("user").nullish(),
    gid: numberOf("group").nullish(),
    mode: mode.nullish(),
  } satisfies Record<(typeof LONG_KEYS)[number], z.ZodType>;
  const long = mapOf(longKeys, expected);
  const short = named.transform((source): z.output<typeof long> => ({ source }));
  return z.union([short, long], { error: (issue) => mustBe(expected, issue.input) }).transform(
    ({ source, target, uid, gid, mode }): WrittenFile => ({
      source,
      target: target ?? normalizePath(`${folder}/${source}`),
      ...given("uid", uid),
      ...given("gid", gid),
      mode: mode ?? 0o444,
    }),
  );
}

function targetIn(folder: string) {
  return scalar({
    expected: "a file's path in the container",
    read: (written) => {
      const path = resolvePath(folder, written);
      return written.trim() === "" || written.endsWith("/") || path === "/" ? undefined : path;
    },
  });
}

function numberOf(whose: "user" | "group") {
  return scalar({
    expected: `the number of a ${whose} such as 0 or 1000`,
    read: (written) => (/^\d{1,10}$/.test(written) ? written : undefined),
    forms: [wholeFrom(0), matching(/^\d{1,10}$/)],
  });
}

const keys = {
  secrets: listOf(storedFile({ what: "secret", folder: "/run/secrets" }), "a list of secrets").nullish(),
  configs: listOf(storedFile({ what: "config", folder: "" }), "a list of configs").nullish(),
};

type Keys = Partial<z.output<z.ZodObject<typeof keys>>>;

/** As in Compose, a file belongs to the job's user where that is a number; a name means something only in the image. */
export function makeStoredFiles(
  files: readonly WrittenFile[] | null | undefined,
  user: string | null | undefined,
): readonly StoredFile[] {
  const [, userId = "0", groupId = "0"] = /^(\d+)(?::(\d+))?$/.exec(user ?? "") ?? [];
  return (files ?? []).map(({ uid, gid, ...file }) => ({ ...file, uid: uid ?? userId, gid: gid ?? groupId }));
}

/** Of two files in one place, one would hide the other. */
function checkTargets({ secrets, configs }: Keys): Issue[] {
  const files = Object.entries({ secrets, configs }).flatMap(([kind, list]) =>
    (list ?? []).map(({ source, target }, index) => ({ kind, source, target, index })),
  );
  const byTarget = new Map(files.toReversed().map((file) => [file.target, file]));
  return files.flatMap((file): Issue[] => {
    const { kind, source, target, index } = file;
    const first = byTarget.get(target);
    if (first === undefined || first === file) return [];
    const message = `${kind} puts ${part(source)} at ${part(target)}, where ${part(first.source)} of ${first.kind} is already`;
    return [{ path: [kind, index], on: "value", message, hint: "give one of them another target" }];
  });
}

/** Only a Swarm has a store: a plain container can have files whose content the schedule file declares. */
function checkStore({ secrets, configs }: YamlMap, engine: ObjectKind, declared: Declared): Issue[] {
  if (engine !== "container") return [];
  return [...checkFiles("secrets", secrets, declared), ...checkFiles("configs", configs, declared)];
}

function checkFiles(kind: "secrets" | "configs", files: YamlValue | undefined, declared: Declared): Issue[] {
  if (!Array.isArray(files) || declared.broken.has(brokenKey(kind))) return [];
  const sources = files.map((file: YamlValue) => (typeof file === "string" ? file : below(file, "source")));
  const isDeclared = (source: YamlValue | undefined) =>
    typeof source !== "string" ||
    declared[kind].get(source)?.content !== undefined ||
    declared.broken.has(brokenKey(kind, source));
  const stored = sources.find((source) => !isDeclared(source));
  const mounted = files.flatMap((file: YamlValue, index) => {
    const source = sources[index];
    const content = typeof source === "string" ? declared[kind].get(source)?.content : undefined;
    return content?.from === "file" ? checkMounted([kind, index], file) : [];
  });
  return stored === undefined ? mounted : [onlySwarm(kind, String(stored)), ...mounted];
}

function onlySwarm(kind: string, source: string): Issue {
  const message = `${kind} cannot be honoured: only a Swarm keeps them, and jobs run as plain containers here`;
  const hint = `declare ${part(source)} under ${kind} at the top of the file, with what it contains, or ${AS_SERVICES}`;
  return { path: [kind], on: "key", message, hint };
}

function checkMounted(path: Issue["path"], file: YamlValue): Issue[] {
  const given = ["uid", "gid", "mode"].filter((key) => isGiven(below(file, key)));
  return given.map((key) => {
    const message = `${path[0]}.${key} cannot be honoured: the file is mounted, and stays as it is on the host`;
    return { path: [...path, key], on: "key", message, hint: `leave it out, or ${AS_SERVICES}` };
  });
}

/** Secrets and configs, as files in the container. */
export const storedFileGroup = {
  keys,
  inner: { secrets: LONG_KEYS, configs: LONG_KEYS },
  check: checkTargets,
  checkEngine: checkStore,
} satisfies KeyGroup<Keys>;
