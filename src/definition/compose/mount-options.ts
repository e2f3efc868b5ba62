import type * as z from "zod";
import type { VolumeMount } from "../../job/job.ts";
import { assignments, textsOf } from "../values/assignments.ts";
import { bool, byteSize, choice, mapOf, scalar } from "../values/fields.ts";
import { givenOf, namesOf } from "../values/given.ts";
import { permissions } from "../values/permissions.ts";

export const PROPAGATIONS = ["rprivate", "private", "rshared", "shared", "rslave", "slave"] as const;

const bindKeys = {
  propagation: choice(...PROPAGATIONS).nullish(),
  create_host_path: bool.nullish(),
  recursive: choice("enabled", "disabled", "writable", "readonly").nullish(),
  selinux: choice("z", "Z").nullish(),
};

const subpath = scalar({
  expected: "a path inside the volume such as data/today",
  read: (written) =>
    written === "" || written.startsWith("/") || written.split("/").includes("..") ? undefined : written,
});

const volumeKeys = {
  nocopy: bool.nullish(),
  subpath: subpath.nullish(),
  labels: assignments(() => undefined)
    .transform(textsOf)
    .nullish(),
};

const tmpfsKeys = { size: byteSize.nullish(), mode: permissions.nullish() };

/** What the long form of a volume says beside what is mounted where. */
export const mountOptionKeys = {
  bind: mapOf(bindKeys, "a map with propagation, create_host_path and the like").nullish(),
  volume: mapOf(volumeKeys, "a map with nocopy, subpath or labels").nullish(),
  tmpfs: mapOf(tmpfsKeys, "a map with size and mode").nullish(),
};

export const MOUNT_OPTION_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["bind", Object.keys(bindKeys)],
  ["volume", Object.keys(volumeKeys)],
  ["tmpfs", Object.keys(tmpfsKeys)],
]);

type OptionKeys = z.output<z.ZodObject<typeof mountOptionKeys>>;

export function mountOptions({ bind, volume, tmpfs }: OptionKeys): Pick<VolumeMount, "bind" | "volume" | "tmpfs"> {
  const options = {
    bind: givenOf(bind ?? {}, namesOf(bindKeys)),
    volume: givenOf(volume ?? {}, namesOf(volumeKeys)),
    tmpfs: givenOf(tmpfs ?? {}, namesOf(tmpfsKeys)),
  };
  return givenOf(options, ["bind", "volume", "tmpfs"]) ?? {};
}

/** What Docker would refuse, or not do. */
export function wrongOptions(mount: VolumeMount): string | undefined {
  const { type, source, bind, target } = mount;
  const foreign = (["bind", "volume", "tmpfs"] as const).find((each) => each !== type && mount[each] !== undefined);
  if (foreign !== undefined) return `has options of a ${foreign}, but is of type ${type}`;
  if (bind?.selinux !== undefined && !bind.createHostPath)
    return "has bind.selinux, with which Docker makes a folder that is not there: write create_host_path: true, too";
  const isOldForm = bind?.createHostPath === true && (source ?? "").concat(target).includes(":");
  return isOldForm
    ? "has a colon in a path, and bind.create_host_path, which Docker does not take together"
    : undefined;
}
