import * as z from "zod";
import type { VolumeMount } from "../../job/job.ts";
import { IS_DOCKER_NAME } from "../values/docker-name.ts";
import { bool, choice, mountTarget, scalar, text } from "../values/fields.ts";
import { given } from "../values/given.ts";
import { matching, scalarInput, written } from "../values/input-schema.ts";
import { mustBe, part, quoted } from "../values/issue.ts";
import { normalizePath } from "../values/normalize-path.ts";
import { mountOptionKeys, mountOptions, PROPAGATIONS, wrongOptions } from "./mount-options.ts";

const SHORT = "[SOURCE:]TARGET[:MODE] such as /srv/data:/data or cache:/var/cache:ro";

const TYPES = ["bind", "volume", "tmpfs"] as const;

const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["image", "put the files into a volume, or into the image that is run"],
  ["npipe", "named pipes are of Windows, where shipbell was never tried"],
  ["cluster", "name the cluster's volume with type: volume and its driver"],
]);

const type = scalar({
  expected: "bind, volume, or tmpfs",
  read: (written) => TYPES.find((each) => each === written),
  hint: (written) => ELSEWHERE.get(written),
});

const CONSISTENCIES = ["consistent", "cached", "delegated"] as const;

const longKeys = {
  type,
  source: text("a path on the host, or a volume's name").nullish(),
  target: mountTarget,
  read_only: bool.nullish(),
  consistency: choice(...CONSISTENCIES).nullish(),
  ...mountOptionKeys,
};

/** A volume in Compose's long form. The source of a bind mount may still be relative to the schedule file. */
const longVolume = z
  .strictObject(longKeys)
  .transform(({ type, source, target, read_only, consistency, ...options }, context): VolumeMount => {
    const mount = {
      type,
      ...given("source", source),
      target,
      readOnly: read_only ?? false,
      ...given("consistency", consistency),
      ...mountOptions(options),
    };
    const wrongWith = wrongOptions(mount);
    const wrong = wrongWith ?? wrongSource(mount);
    if (wrong === undefined) return mount;
    context.issues.push({
      code: "custom",
      input: source,
      message: wrong,
      path: wrongWith !== undefined || source == null ? [] : ["source"],
    });
    return z.NEVER;
  });

/** A volume in Compose's short form: `[SOURCE:]TARGET[:MODE]`. */
const shortVolume = written(
  z.string().transform((text, context): VolumeMount => {
    const mount = readShort(text);
    if (typeof mount !== "string") return mount;
    context.issues.push({ code: "custom", input: text, message: mount });
    return z.NEVER;
  }),
  { is: scalarInput(SHORT, [matching(/^(?:[^:~][^:]*:)?\/[^:]*(?::.+)?$/)]) },
);

export const volume = z.union([shortVolume, longVolume], {
  error: (issue) => mustBe(`${SHORT}, or a map with type, source and target`, issue.input),
});

/** The keys of the long form. */
export const VOLUME_KEYS: readonly string[] = Object.keys(longKeys);

/** Two paths, and a mode. */
const LONGEST = 10_000;

function readShort(written: string): VolumeMount | string {
  if (written.length > LONGEST) return mustBe(SHORT, written);
  const parts = written.split(":");
  const [first = "", second, writtenMode = ""] = parts;
  if (parts.length > 3 || parts.includes("")) return mustBe(SHORT, written);
  const [source, target] = second === undefined ? [undefined, first] : [first, second];
  if (!target.startsWith("/")) return `${mustBe(SHORT, written)}: the target ${part(target)} is not an absolute path`;
  if (normalizePath(target) === "/") return `${mustBe(SHORT, written)}: nothing can be mounted over /`;
  const mode = readMode(writtenMode);
  if (typeof mode === "string") return mode;
  const { bind, ...others } = mode;
  const type = isPath(source) ? "bind" : "volume";
  // Docker labels volumes by itself, so that all containers may use them.
  const isLabelledAnyway = type === "volume" && bind?.selinux !== undefined && bind.propagation === undefined;
  const mount = {
    type,
    ...(source !== undefined && { source }),
    target,
    ...others,
    ...(bind !== undefined && !isLabelledAnyway && { bind }),
  } as const;
  return wrongOptions(mount) ?? wrongSource(mount) ?? mount;
}

/** Docker Engine takes `z` and `Z` (for SELinux) only in a form in which it makes a folder that is missing, as Compose does. */
const MODES: ReadonlyMap<string, Partial<Mode>> = new Map<string, Partial<Mode>>([
  ["rw", { readOnly: false }],
  ["ro", { readOnly: true }],
  ["nocopy", { volume: { nocopy: true } }],
  ["z", { bind: { selinux: "z", createHostPath: true } }],
  ["Z", { bind: { selinux: "Z", createHostPath: true } }],
  ...PROPAGATIONS.map((propagation) => [propagation, { bind: { propagation } }] as const),
  ...CONSISTENCIES.map((consistency) => [consistency, { consistency }] as const),
]);

/** Several, with commas between them. */
type Mode = Pick<VolumeMount, "readOnly" | "bind" | "volume" | "consistency">;

function readMode(mode: string): Mode | string {
  const parts = mode === "" ? [] : mode.split(",");
  const wrong = parts.find((part) => !MODES.has(part));
  if (wrong !== undefined) return `has the mode ${quoted(wrong)}; supported are ${[...MODES.keys()].join(", ")}`;
  const modes = parts.map((part) => MODES.get(part) ?? {});
  const bind = Object.assign({}, ...modes.map((each) => each.bind));
  return Object.assign({ readOnly: false }, ...modes, Object.keys(bind).length > 0 ? { bind } : {});
}

function isPath(source: string | undefined): boolean {
  return source !== undefined && /^[/.~]/.test(source);
}

function wrongSource({ type, source }: Pick<VolumeMount, "type" | "source">): string | undefined {
  if (type === "tmpfs")
    return source === undefined ? undefined : "is written for a tmpfs, which is memory and has no source";
  if (type === "bind" && source === undefined) return "has no source; a bind mount needs one: a path on the host";
  if (source?.startsWith("~"))
    return `has the source ${quoted(source)}; a job has no home directory: write an absolute path`;
  if (type === "bind" && source !== undefined && !isPath(source))
    return `has the source ${quoted(source)}; the source of a bind mount is a path: write ${part(`/${source}`)} or ${part(`./${source}`)}`;
  if (type === "volume" && source !== undefined && !IS_DOCKER_NAME.test(source))
    return `has the source ${quoted(source)}, which is neither a path (/srv/x, ./x) nor a volume's name (letters, digits, _ . -)`;
  return undefined;
}
