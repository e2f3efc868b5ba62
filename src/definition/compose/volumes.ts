import * as z from "zod";
import type { BindOptions, TmpfsMount, TmpfsOptions, VolumeMount, VolumeOptions } from "../../job/job.ts";
import { assignments, textsOf } from "../values/assignments.ts";
import { byteSize } from "../values/byte-size.ts";
import { DOCKER_NAME, IS_DOCKER_NAME } from "../values/docker-name.ts";
import {
  bool,
  choice,
  listOf,
  mapOf,
  matching,
  oneOrMore,
  scalar,
  scalarInput,
  text,
  written,
} from "../values/fields.ts";
import { given, givenOf, namesOf } from "../values/given.ts";
import { type Issue, mustBe, part, quoted } from "../values/issue.ts";
import { mountTarget, normalizePath, permissions, resolvePath } from "../values/path.ts";
import { containersOnly, isText, type KeyGroup } from "./key-group.ts";

const SHORT = "[SOURCE:]TARGET[:MODE] such as /srv/data:/data or cache:/var/cache:ro";

const TYPES = ["bind", "volume", "tmpfs"] as const;
const PROPAGATIONS = ["rprivate", "private", "rshared", "shared", "rslave", "slave"] as const;
const CONSISTENCIES = ["consistent", "cached", "delegated"] as const;

const OTHER_TYPES: ReadonlyMap<string, string> = new Map([
  ["image", "put the files into a volume, or into the image that is run"],
  ["npipe", "named pipes belong to Windows, where shipbell has not been tested"],
  ["cluster", "name the cluster's volume with type: volume and its driver"],
]);

const type = scalar({
  expected: "bind, volume, or tmpfs",
  read: (written) => TYPES.find((each) => each === written),
  hint: (written) => OTHER_TYPES.get(written),
});

const subpath = scalar({
  expected: "a path inside the volume such as data/today",
  read: (written) =>
    written === "" || written.startsWith("/") || written.split("/").includes("..") ? undefined : written,
});

const bindKeys = {
  propagation: choice(...PROPAGATIONS).nullish(),
  create_host_path: bool.nullish(),
  recursive: choice("enabled", "disabled", "writable", "readonly").nullish(),
  selinux: choice("z", "Z").nullish(),
};

const volumeKeys = {
  nocopy: bool.nullish(),
  subpath: subpath.nullish(),
  labels: assignments(() => undefined)
    .transform(textsOf)
    .nullish(),
};

const tmpfsKeys = { size: byteSize.nullish(), mode: permissions.nullish() };

const longKeys = {
  type,
  source: text("a path on the host, or a volume's name").nullish(),
  target: mountTarget,
  read_only: bool.nullish(),
  consistency: choice(...CONSISTENCIES).nullish(),
  bind: mapOf(bindKeys, "a map with propagation, create_host_path and the like").nullish(),
  volume: mapOf(volumeKeys, "a map with nocopy, subpath or labels").nullish(),
  tmpfs: mapOf(tmpfsKeys, "a map with size and mode").nullish(),
};

/** Compose's long form. The source of a bind mount may still be relative to the schedule file. */
const longVolume = z.strictObject(longKeys).transform((keys, context): VolumeMount => {
  const { type, source, target, read_only, consistency } = keys;
  const mount = {
    type,
    ...given("source", source),
    target,
    readOnly: read_only ?? false,
    ...given("consistency", consistency),
    ...given("bind", givenOf<BindOptions>(keys.bind ?? {}, namesOf(bindKeys))),
    ...given("volume", givenOf<VolumeOptions>(keys.volume ?? {}, namesOf(volumeKeys))),
    ...given("tmpfs", givenOf<TmpfsOptions>(keys.tmpfs ?? {}, namesOf(tmpfsKeys))),
  };
  const wrongOptions = checkOptions(mount);
  const wrong = wrongOptions ?? checkSource(mount);
  if (wrong === undefined) return mount;
  context.issues.push({
    code: "custom",
    input: source,
    message: wrong,
    path: wrongOptions !== undefined || source == null ? [] : ["source"],
  });
  return z.NEVER;
});

/** Compose's short form: `[SOURCE:]TARGET[:MODE]`. */
const shortVolume = written(
  z.string().transform((text, context): VolumeMount => {
    const mount = readShort(text);
    if (typeof mount !== "string") return mount;
    context.issues.push({ code: "custom", input: text, message: mount });
    return z.NEVER;
  }),
  { is: scalarInput(SHORT, [matching(/^(?:[^:~][^:]*:)?\/[^:]*(?::.+)?$/)]) },
);

const volume = z.union([shortVolume, longVolume], {
  error: (issue) => mustBe(`${SHORT}, or a map with type, source and target`, issue.input),
});

/** Two paths, and a mode. */
const LONGEST = 10_000;

/** Returns the mount, or what is wrong with it. */
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
  // Docker labels volumes itself, so that all containers may use them.
  const isLabelledAnyway = type === "volume" && bind?.selinux !== undefined && bind.propagation === undefined;
  const mount = {
    type,
    ...given("source", source),
    target,
    ...others,
    ...(bind !== undefined && !isLabelledAnyway && { bind }),
  } as const;
  return checkOptions(mount) ?? checkSource(mount) ?? mount;
}

/** One of several, with commas between them. */
type Mode = Pick<VolumeMount, "readOnly" | "bind" | "volume" | "consistency">;

/** Docker Engine takes `z` and `Z` (for SELinux) only in a form in which it makes a missing folder, as Compose does. */
const MODES: ReadonlyMap<string, Partial<Mode>> = new Map<string, Partial<Mode>>([
  ["rw", { readOnly: false }],
  ["ro", { readOnly: true }],
  ["nocopy", { volume: { nocopy: true } }],
  ["z", { bind: { selinux: "z", createHostPath: true } }],
  ["Z", { bind: { selinux: "Z", createHostPath: true } }],
  ...PROPAGATIONS.map((propagation) => [propagation, { bind: { propagation } }] as const),
  ...CONSISTENCIES.map((consistency) => [consistency, { consistency }] as const),
]);

function readMode(mode: string): Mode | string {
  const parts = mode === "" ? [] : mode.split(",");
  const wrong = parts.find((part) => !MODES.has(part));
  if (wrong !== undefined) return `has the mode ${quoted(wrong)}; supported are ${[...MODES.keys()].join(", ")}`;
  const modes = parts.map((part) => MODES.get(part) ?? {});
  const bind = Object.assign({}, ...modes.map((each) => each.bind));
  return Object.assign({ readOnly: false }, ...modes, Object.keys(bind).length > 0 ? { bind } : {});
}

/** Finds options that Docker would refuse or ignore. */
function checkOptions(mount: VolumeMount): string | undefined {
  const { type, source, bind, target } = mount;
  const foreign = TYPES.find((each) => each !== type && mount[each] !== undefined);
  if (foreign !== undefined) return `has options of a ${foreign}, but is of type ${type}`;
  if (bind?.selinux !== undefined && !bind.createHostPath)
    return "has bind.selinux, with which Docker makes a folder that is not there: write create_host_path: true, too";
  const isOldForm = bind?.createHostPath === true && (source ?? "").concat(target).includes(":");
  return isOldForm
    ? "has a colon in a path, and bind.create_host_path, which Docker does not take together"
    : undefined;
}

function checkSource({ type, source }: Pick<VolumeMount, "type" | "source">): string | undefined {
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

function isPath(source: string | undefined): boolean {
  return source !== undefined && /^[/.~]/.test(source);
}

const CONTAINER = new RegExp(`^(?:container:)?(${DOCKER_NAME}(?::r[ow])?)$`);

const volumesFrom = scalar({
  expected: "a container's name, with :ro where it is only read",
  read: (written) => CONTAINER.exec(written)?.[1],
  forms: [matching(CONTAINER), { type: "number" }],
});

/** The options of the mount command that Docker Engine takes. */
const TMPFS_VALUES: readonly string[] = "size mode uid gid nr_inodes nr_blocks mpol".split(" ");
const TMPFS_FLAGS: readonly string[] = (
  "defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand atime noatime diratime " +
  "nodiratime relatime norelatime strictatime nostrictatime bind rbind unbindable runbindable private rprivate shared " +
  "rshared slave rslave"
).split(" ");

const tmpfs = scalar({
  expected: "PATH[:OPTIONS] such as /run or /run:size=64m,mode=1777",
  read: (written): TmpfsMount | undefined => {
    const [target = "", options = "", ...more] = written.split(":");
    const read = options === "" ? [] : options.split(",");
    const isMount =
      target.startsWith("/") && normalizePath(target) !== "/" && more.length === 0 && read.every(isTmpfsOption);
    return isMount ? { target, options: read } : undefined;
  },
});

function isTmpfsOption(option: string): boolean {
  const [name = "", value] = option.split("=", 2);
  if (name === "size") return /^\d+[kmg%]?$/i.test(value ?? "");
  if (name === "mode") return /^[0-7]{3,5}$/.test(value ?? "");
  return value === undefined ? TMPFS_FLAGS.includes(name) : TMPFS_VALUES.includes(name) && /^[^,\s]+$/.test(value);
}

const keys = {
  volumes: listOf(volume, "a list of volumes").nullish(),
  volumes_from: listOf(volumesFrom, "a list of containers").nullish(),
  tmpfs: oneOrMore(tmpfs, "a path such as /run, or a list of them").nullish(),
};

type Keys = Partial<z.output<z.ZodObject<typeof keys>>>;

/** Returns the mounts with bind sources as absolute paths; relative ones start from `folder`. */
export function makeVolumes({ volumes }: Keys, folder: string): readonly VolumeMount[] {
  return (volumes ?? []).map((volume) =>
    volume.type === "bind" && volume.source !== undefined
      ? { ...volume, source: resolvePath(folder, volume.source) }
      : volume,
  );
}

/** Docker Engine refuses a second mount at one target. (It mounts a tmpfs over it.) */
function checkVolumes({ volumes }: Keys): Issue[] {
  const places = (volumes ?? []).map(({ target }) => normalizePath(target));
  const first = new Map(places.map((place, index) => [place, index] as const).reverse());
  return (volumes ?? []).flatMap(({ target }, index): Issue[] => {
    if (first.get(places[index] ?? "") === index) return [];
    const message = `volumes mounts something at ${part(target)}, where something else is mounted already`;
    return [{ path: ["volumes", index], on: "value", message, hint: "give one of them another target" }];
  });
}

export interface HostPathSettings {
  /** Absolute path of the schedule file's folder, as shipbell sees it. Relative paths start from it. */
  readonly folder: string;
  /** True where the folder may have another path on the engine's host, so that relative paths deserve a warning. */
  readonly doubtHostPaths?: boolean;
}

/** Warns of relative bind sources: the engine mounts them on its host, and shipbell may see other folders. */
export function doubtBinds({ volumes }: Keys, settings: HostPathSettings): Issue[] {
  return (volumes ?? []).flatMap(({ type, source }, index) =>
    type === "bind" && source !== undefined ? doubtHostPath(["volumes", index], source, settings) : [],
  );
}

export function doubtHostPath(path: Issue["path"], source: string, settings: HostPathSettings): Issue[] {
  if (!settings.doubtHostPaths || source.startsWith("/")) return [];
  const key = path.filter((step) => typeof step === "string").join(".");
  const whole = resolvePath(settings.folder, source);
  const message = `${key} has the relative path ${part(source)}, which is ${part(whole)} on the host, not in shipbell's own container`;
  const hint = "write the absolute path that it has on the host";
  return [{ path, on: "value", message, hint, severity: "warning" }];
}

/** What is mounted into the container. */
export const volumeGroup = {
  keys,
  inner: {
    volumes: Object.keys(longKeys),
    "volumes.bind": Object.keys(bindKeys),
    "volumes.volume": Object.keys(volumeKeys),
    "volumes.tmpfs": Object.keys(tmpfsKeys),
  },
  userNamed: ["labels"],
  support: [
    containersOnly("volumes_from", "service cannot use another container's volumes", "name the volumes under volumes"),
    containersOnly("volumes.*.bind.create_host_path", "node makes no folders", "make the folder on each node"),
    {
      key: "volumes.*",
      service: {
        why: "a Swarm node puts no labels on folders",
        instead: "leave z and Z out, and label the folder on each node",
        of: (volume) => isText(volume) && /^[/.][^:]*:[^:]+:(?:.*,)?[zZ](?:,.*)?$/.test(volume),
      },
    },
    containersOnly("volumes.*.bind.selinux", "node puts no labels on folders", "label the folder on each node"),
    {
      key: "tmpfs.*",
      service: {
        why: "a Swarm knows size and mode alone",
        instead: "leave the other options out",
        of: (mount) =>
          isText(mount) && (mount.split(":")[1] ?? "").split(",").some((each) => !/^$|^(size|mode)=(?!.*%)/.test(each)),
      },
    },
  ],
  check: checkVolumes,
} satisfies KeyGroup<Keys>;
