import type { ComposeTemplate, Making, TmpfsMount, VolumeMount } from "../../../job/job.ts";
import type { MountSpec, TarFile } from "../containers.ts";
import { type Labels, RUN_LABELS } from "./run-labels.ts";

/** As a mount, not as `Binds`: those would make a folder that is not there, and the job would run on an empty one. */
export function writeMount(mount: VolumeMount, instance: string): MountSpec {
  return {
    Type: mount.type,
    ...(mount.source !== undefined && { Source: mount.source }),
    Target: mount.target,
    ReadOnly: mount.readOnly,
    ...(mount.consistency !== undefined && { Consistency: mount.consistency }),
    ...writeOptions(mount, instance),
  };
}

function writeOptions({ bind, volume, tmpfs, making }: VolumeMount, instance: string): object {
  return {
    ...(bind && {
      BindOptions: {
        ...(bind.propagation !== undefined && { Propagation: bind.propagation }),
        ...(bind.recursive === "disabled" && { NonRecursive: true }),
        ...(bind.recursive === "writable" && { ReadOnlyNonRecursive: true }),
        ...(bind.recursive === "readonly" && { ReadOnlyForceRecursive: true }),
      },
    }),
    ...((volume || making) && {
      VolumeOptions: {
        ...(volume?.nocopy !== undefined && { NoCopy: volume.nocopy }),
        ...(volume?.subpath !== undefined && { Subpath: volume.subpath }),
        ...(volume?.labels && { Labels: volume.labels }),
        ...(making && writeMaking(making, { labels: volume?.labels ?? {}, instance })),
      },
    }),
    ...(tmpfs && {
      TmpfsOptions: {
        ...(tmpfs.size !== undefined && { SizeBytes: tmpfs.size }),
        ...(tmpfs.mode !== undefined && { Mode: tmpfs.mode }),
      },
    }),
  };
}

/** Holds where there is no volume of that name: then the engine makes it so. */
function writeMaking(
  { driver, options, labels }: Making,
  further: { readonly labels: Labels; readonly instance: string },
): object {
  const isPlain = driver === undefined && Object.keys(options).length === 0;
  return {
    Labels: { ...labels, ...further.labels, [RUN_LABELS.instance]: further.instance },
    ...(!isPlain && { DriverConfig: { Name: driver ?? "local", Options: options } }),
  };
}

/** Secrets and configs that are files already, as Compose does it. */
export function writeFileMounts({ secrets, configs }: ComposeTemplate): MountSpec[] {
  return [...secrets, ...configs].flatMap(({ content, target }) =>
    content?.from === "file" ? [{ Type: "bind", Source: content.path, Target: target, ReadOnly: true }] : [],
  );
}

/** Those of which only the text is known. */
export function writeTexts({ secrets, configs }: ComposeTemplate): TarFile[] {
  return [...secrets, ...configs].flatMap(({ content, target, uid, gid, mode }) =>
    content?.from === "text"
      ? [{ path: target, data: Buffer.from(content.text()), uid: Number(uid), gid: Number(gid), mode }]
      : [],
  );
}

/** A folder that is to be made where it is missing is mounted in the old way, which every engine knows. */
export function isBind({ bind }: VolumeMount): boolean {
  return bind?.createHostPath === true;
}

/** `source:target:mode`. */
export function writeBind({ source, target, readOnly, bind }: VolumeMount): string {
  const mode = [readOnly ? "ro" : "rw", bind?.selinux, bind?.propagation].filter((part) => part !== undefined);
  return `${source}:${target}:${mode.join(",")}`;
}

/** By their paths, the options as they were written. */
export function writeTmpfs(mounts: readonly TmpfsMount[]): Record<string, string> {
  return Object.fromEntries(mounts.map(({ target, options }) => [target, options.join(",")]));
}

/** Services have mounts alone, of which size and mode can be told. */
export function tmpfsAsMount({ target, options }: TmpfsMount): MountSpec {
  const values = new Map(options.map((option) => option.split("=", 2) as [string, string]));
  const size = readSize(values.get("size"));
  const mode = values.get("mode");
  const TmpfsOptions = {
    ...(size !== undefined && { SizeBytes: size }),
    ...(mode !== undefined && { Mode: Number.parseInt(mode, 8) }),
  };
  return { Type: "tmpfs", Target: target, ...(options.length > 0 && { TmpfsOptions }) };
}

function readSize(written: string | undefined): number | undefined {
  const [, digits, unit = ""] = /^(\d+)([kmg]?)$/i.exec(written ?? "") ?? [];
  return digits === undefined ? undefined : Number(digits) * 1024 ** ["", "k", "m", "g"].indexOf(unit.toLowerCase());
}

const SHARED_MEMORY_MODE = 0o1777;

/** What `shm_size` is for services, which have no such key: the same file system, in the same place. */
export function sharedMemory(SizeBytes: number): MountSpec {
  return { Type: "tmpfs", Target: "/dev/shm", TmpfsOptions: { SizeBytes, Mode: SHARED_MEMORY_MODE } };
}
