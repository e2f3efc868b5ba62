import type { Making, VolumeMount } from "../../../job/job.ts";
import type { Healthcheck, ResourceKeys } from "../../../job/template.ts";
import type { MountSpec } from "../containers.ts";
import { type Labels, RUN_LABELS } from "./run-labels.ts";

/** A mount, not `Binds`: those would create a missing folder, and the job would run on an empty one. */
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

/** Applies if there is no volume of that name: the engine creates it so. */
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

export function writeUlimits(ulimits: NonNullable<ResourceKeys["ulimits"]>): object[] {
  return Object.entries(ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard }));
}

/** A run is judged by its exit code: its image's health check would only cost time and confuse. */
export const NO_HEALTHCHECK = { Test: ["NONE"] } as const;

/** The health check of a run: none, unless its job asks for one. */
export function writeHealthcheck(healthcheck: Healthcheck | undefined): { readonly Test: readonly string[] } {
  if (healthcheck === undefined) return NO_HEALTHCHECK;
  const { test, intervalMs, timeoutMs, retries, startPeriodMs, startIntervalMs } = healthcheck;
  return {
    Test: test,
    ...nanoseconds("Interval", intervalMs),
    ...nanoseconds("Timeout", timeoutMs),
    ...(retries !== undefined && { Retries: retries }),
    ...nanoseconds("StartPeriod", startPeriodMs),
    ...nanoseconds("StartInterval", startIntervalMs),
  };
}

function nanoseconds(name: string, milliseconds: number | undefined): object {
  return milliseconds === undefined ? {} : { [name]: milliseconds * 1e6 };
}
