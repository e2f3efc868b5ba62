import type { CloneTemplate } from "../../job/job.ts";
import type { ContainerInspect, EndpointSettings, HostConfig, MountPoint, MountSpec } from "../docker/containers.ts";
import { NO_HEALTHCHECK } from "../docker/specs/compose-keys.ts";
import { cloneEnvironment, cloneLabels, type PrefixRule } from "../docker/specs/copy.ts";
import { readEnvironment, runEnvironment, writeRunLabels } from "../docker/specs/run-labels.ts";
import type { AttemptOrder } from "../engine.ts";
import { type ContainerSpec, RUN_HOST_CONFIG } from "./container-spec.ts";

/**
 * A copy of a labelled container: verbatim, except for what would make it a second one of its kind (name, published
 * ports, addresses, aliases, the labels by which Compose and Swarm know their own) and for what a run must be. The
 * image is the template's by name, so that a newer image of that name applies.
 */
export function cloneContainer(
  instance: string,
  order: AttemptOrder,
  of: { readonly object: ContainerInspect; readonly template: CloneTemplate; readonly rules: PrefixRule },
): ContainerSpec {
  const { object, template, rules } = of;
  const networks = cloneNetworks(object);
  const [primary] = networks.keys();
  const own = ownIdentity(object);
  return {
    body: {
      ...object.Config,
      // Nothing writes to its input, and an open input would never end.
      ...{ AttachStdin: false, AttachStdout: false, AttachStderr: false, OpenStdin: false, StdinOnce: false },
      ...{ Hostname: own.Hostname, Domainname: own.Domainname, MacAddress: undefined, ExposedPorts: undefined },
      ...copiedProcess(template),
      Env: cloneEnvironment(object.Config.Env ?? [], {
        ...template.environment,
        ...runEnvironment(order, { ...readEnvironment(object.Config.Env), ...template.environment }),
      }),
      Labels: { ...cloneLabels(object.Config.Labels ?? {}, rules), ...writeRunLabels(instance, order) },
      Healthcheck: NO_HEALTHCHECK,
      HostConfig: { ...cloneHostConfig(object, primary), ...(template.init !== undefined && { Init: template.init }) },
    },
    networks,
  };
}

function copiedProcess({ command, entrypoint, user, workingDir, stopSignal }: CloneTemplate): object {
  return {
    // The command was meant for the entrypoint that is replaced.
    ...(entrypoint && { Entrypoint: entrypoint, Cmd: [] }),
    ...(command && { Cmd: command }),
    ...(user !== undefined && { User: user }),
    ...(workingDir !== undefined && { WorkingDir: workingDir }),
    ...(stopSignal !== undefined && { StopSignal: stopSignal }),
  };
}

/**
 * A host name that the user chose stays (backup tools know a host by it); one that Docker derived from the template's
 * ID does not.
 */
function ownIdentity({ Id, Config, HostConfig }: ContainerInspect): { Hostname?: unknown; Domainname?: unknown } {
  const isShared = isSpecialNetwork(HostConfig.NetworkMode) || HostConfig.UTSMode === "host";
  if (isShared || !Config.Hostname || Id.startsWith(Config.Hostname)) return {};
  return { Hostname: Config.Hostname, Domainname: Config.Domainname };
}

function cloneHostConfig(object: ContainerInspect, primaryNetwork: string | undefined): HostConfig {
  const { HostConfig, Mounts } = object;
  const named = (HostConfig.Mounts ?? []).filter((mount) => mount.Type !== "volume" || Boolean(mount.Source));
  return {
    ...HostConfig,
    ...RUN_HOST_CONFIG,
    ...{ PortBindings: {}, PublishAllPorts: false, ContainerIDFile: "" },
    ...(primaryNetwork !== undefined && { NetworkMode: primaryNetwork }),
    Mounts: [
      ...named,
      ...otherMounts(Mounts, [...bindTargets(HostConfig.Binds ?? []), ...named.map(({ Target }) => trimSlash(Target))]),
    ],
    VolumesFrom: null,
  };
}

/**
 * The template's anonymous volumes, and what it has from other containers (`VolumesFrom`), mounted by name: the run
 * sees the same data as its template, and because the volume has a name, removing the run leaves it alone.
 */
function otherMounts(mounts: readonly MountPoint[], already: readonly string[]): MountSpec[] {
  const isOther = ({ Type, Destination }: MountPoint) =>
    (Type === "volume" || Type === "bind") && !already.includes(trimSlash(Destination));
  return mounts.filter(isOther).map((mount) => ({
    Type: mount.Type,
    Source: mount.Type === "volume" ? (mount.Name ?? "") : mount.Source,
    Target: mount.Destination,
    ReadOnly: !mount.RW,
  }));
}

/** `source:target` or `source:target:mode`. */
function bindTargets(binds: readonly string[]): string[] {
  return binds.map((bind) => trimSlash(bind.split(":")[1] ?? ""));
}

function trimSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

/** By name, the primary one first; without aliases and fixed addresses, which stay the template's. */
function cloneNetworks({ HostConfig, NetworkSettings }: ContainerInspect): Map<string, EndpointSettings> {
  if (isSpecialNetwork(HostConfig.NetworkMode)) return new Map();
  const mode = (HostConfig.NetworkMode ?? "default") === "default" ? "bridge" : HostConfig.NetworkMode;
  const isPrimary = ([name, endpoint]: [string, EndpointSettings]) => name === mode || endpoint.NetworkID === mode;
  const entries = Object.entries(NetworkSettings.Networks ?? {});
  const inOrder = [...entries.filter(isPrimary), ...entries.filter((entry) => !isPrimary(entry))];
  return new Map(
    inOrder.map(([name, { DriverOpts, Links }]) => [
      name,
      { ...(DriverOpts && { DriverOpts }), ...(Links && { Links }) },
    ]),
  );
}

/** Not networks that one connects to. */
function isSpecialNetwork(mode: string | undefined): boolean {
  return mode === "host" || mode === "none" || (mode ?? "").startsWith("container:");
}
