import type { ComposeTemplate, ExecTemplate, VolumeMount } from "../../../job/job.ts";
import { formatDuration } from "../../values/duration.ts";
import type { Reason } from "../exported.ts";

/** Options of a command of docker's, each with its value, and what it runs. */
export interface DockerWords {
  readonly options: readonly (readonly string[])[];
  readonly rest: readonly string[];
  readonly wrong: readonly Reason[];
  readonly lost: readonly Reason[];
}

/** Which variables are passed on by name, so that their values stand in no unit. */
export type IsPassedOn = (variable: string) => boolean;

/** Writes a template as the words of `docker run`. */
export function dockerRun(template: ComposeTemplate, isPassedOn: IsPassedOn): DockerWords {
  const { host = {}, access = {}, resources = {}, devices = {}, process = {}, limits, reservations } = template;
  const wrong: Reason[] = [];
  const lost: Reason[] = [];
  const one = (name: string, value: string | number | undefined): readonly string[][] =>
    value === undefined ? [] : [[name, String(value)]];
  const list = (name: string, values: readonly string[] = []): readonly string[][] =>
    values.map((value) => [name, value]);
  const map = (name: string, values: Readonly<Record<string, string>> = {}): readonly string[][] =>
    Object.entries(values).map(([key, value]) => [name, `${key}=${value}`]);
  const flag = (name: string, isOn: boolean | undefined): readonly string[][] => (isOn ? [[name]] : []);
  const { pullPolicy: pull, entrypoint = [], command = [] } = template;
  if (pull !== undefined && typeof pull !== "string")
    lost.push({
      key: "pull_policy",
      wrong: `docker run pulls always, never or what is missing, and not every ${formatDuration(pull.everyMs)}`,
    });
  if (template.placement.constraints.length > 0)
    lost.push({ key: "deploy", wrong: "there is one engine, and no choice of nodes" });
  if (reservations.cpus !== undefined) lost.push({ key: "deploy", wrong: "docker run reserves no CPUs" });
  if (devices.requests !== undefined || devices.genericResources !== undefined)
    wrong.push({ key: "gpus", wrong: "requests of devices are not written for docker run" });
  const volumes = template.volumes.map((volume) => mountWords(volume, wrong));
  const files = [...template.secrets, ...template.configs].flatMap(({ source, target, content }) => {
    if (content?.from === "file") return [["--mount", `type=bind,source=${content.path},target=${target},readonly`]];
    wrong.push({ key: "secrets", wrong: `${source} is no file of the host, which alone docker run can mount` });
    return [];
  });
  const made = template.madeNetworks ?? [];
  if (made.length > 0)
    lost.push({
      key: "networks",
      wrong: `${made.map(({ name }) => name).join(", ")} must be there: docker network create makes one`,
    });
  const [first = "", ...others] = [...entrypoint];
  if (hasUnwritten(template)) wrong.push({ key: unwrittenKey(template), wrong: "this is not written for docker run" });
  return {
    wrong,
    lost,
    options: [
      ...flag("--init", template.init),
      ...one("--pull", typeof pull === "string" ? pull : undefined),
      ...one("--platform", template.platform),
      ...one("--user", template.user),
      ...one("--workdir", template.workingDir),
      ...environmentWords(template.environment, isPassedOn),
      ...volumes,
      ...files,
      ...list("--volumes-from", template.volumesFrom),
      ...(template.tmpfs ?? []).map(({ target, options }) => [
        "--tmpfs",
        [target, options.join()].filter(Boolean).join(":"),
      ]),
      ...list("--network", template.networks),
      ...networkWords(template, wrong),
      ...one("--hostname", host.hostname),
      ...one("--domainname", host.domainname),
      ...one("--mac-address", host.macAddress),
      ...list("--dns", host.dns),
      ...list("--dns-search", host.dnsSearch),
      ...list("--dns-option", host.dnsOpt),
      ...(host.extraHosts ?? []).map(({ name, address }) => ["--add-host", `${name}:${address}`]),
      ...map("--label", template.labels),
      ...one("--memory", limits.memoryBytes),
      ...one("--cpus", limits.cpus),
      ...one("--pids-limit", limits.pids),
      ...one("--memory-reservation", reservations.memoryBytes),
      ...one("--memory-swap", resources.memswapLimit),
      ...one("--memory-swappiness", resources.memSwappiness),
      ...one("--cpu-shares", resources.cpuShares),
      ...one("--cpu-quota", resources.cpuQuota),
      ...one("--cpu-period", resources.cpuPeriod),
      ...one("--cpuset-cpus", resources.cpuset),
      ...one("--shm-size", resources.shmSize),
      ...one("--oom-score-adj", resources.oomScoreAdj),
      ...flag("--oom-kill-disable", resources.oomKillDisable),
      ...Object.entries(resources.ulimits ?? {}).map(([name, { soft, hard }]) => [
        "--ulimit",
        `${name}=${soft}:${hard}`,
      ]),
      ...list("--group-add", access.groupAdd),
      ...list("--cap-add", access.capAdd),
      ...list("--cap-drop", access.capDrop),
      ...flag("--privileged", access.privileged),
      ...flag("--read-only", access.readOnly),
      ...list("--security-opt", access.securityOpt),
      ...map("--sysctl", access.sysctls),
      ...one("--userns", access.usernsMode),
      ...(devices.devices ?? []).map(({ source, target, permissions }) => [
        "--device",
        `${source}:${target}:${permissions}`,
      ]),
      ...list("--device-cgroup-rule", devices.deviceCgroupRules),
      ...flag("--tty", process.tty),
      ...one("--runtime", process.runtime),
      ...one("--ipc", process.ipc),
      ...one("--pid", process.pid),
      ...one("--uts", process.uts),
      ...one("--cgroupns", process.cgroup),
      ...one("--cgroup-parent", process.cgroupParent),
      ...map("--annotation", process.annotations),
      ...one("--log-driver", template.logging?.driver ?? undefined),
      ...map("--log-opt", template.logging?.options ?? {}),
      ...one("--stop-signal", template.stopSignal),
      ...(template.entrypoint === undefined ? [] : [["--entrypoint", first]]),
    ],
    rest: [template.image, ...others, ...command],
  };
}

/** What has no option that means the same. */
function hasUnwritten(template: ComposeTemplate): boolean {
  return unwrittenKey(template) !== "";
}

function unwrittenKey({ resources, access, process, healthcheck }: ComposeTemplate): string {
  if (resources?.blkioConfig !== undefined) return "blkio_config";
  if (resources?.storageOpt !== undefined) return "storage_opt";
  if (resources?.cpuRtRuntime !== undefined || resources?.cpuRtPeriod !== undefined) return "cpu_rt_runtime";
  if (resources?.cpuCount !== undefined || resources?.cpuPercent !== undefined) return "cpu_count";
  if (access?.credentialSpec !== undefined) return "credential_spec";
  if (process?.isolation !== undefined) return "isolation";
  return healthcheck === undefined ? "" : "healthcheck";
}

function environmentWords(environment: Readonly<Record<string, string>>, isPassedOn: IsPassedOn): readonly string[][] {
  return Object.entries(environment).map(([name, value]) => ["--env", isPassedOn(name) ? name : `${name}=${value}`]);
}

function networkWords({ networkSettings = {}, networks }: ComposeTemplate, wrong: Reason[]): readonly string[][] {
  const words: string[][] = [];
  for (const [name, settings] of Object.entries(networkSettings)) {
    const { aliases = [], ipv4Address, ipv6Address, ...others } = settings;
    const hasOthers = Object.values(others).some((value) => value !== undefined);
    if (networks.length > 1 || hasOthers) {
      wrong.push({ key: "networks", wrong: `the settings of ${name} are not written for docker run` });
      continue;
    }
    words.push(...aliases.map((alias) => ["--network-alias", alias]));
    if (ipv4Address !== undefined) words.push(["--ip", ipv4Address]);
    if (ipv6Address !== undefined) words.push(["--ip6", ipv6Address]);
  }
  return words;
}

function mountWords(volume: VolumeMount, wrong: Reason[]): readonly string[] {
  const { type, source = "", target, readOnly, bind = {}, making } = volume;
  if (making?.driver !== undefined || Object.keys(making?.options ?? {}).length > 0)
    wrong.push({
      key: "volumes",
      wrong: `${source} has a driver or options of its own, and docker run makes a plain volume`,
    });
  if (type === "bind" && (bind.createHostPath === true || bind.selinux !== undefined)) {
    const modes = [readOnly ? "ro" : "", bind.selinux ?? "", bind.propagation ?? ""].filter((mode) => mode !== "");
    return ["--volume", [source, target, ...(modes.length > 0 ? [modes.join()] : [])].join(":")];
  }
  const parts = [
    `type=${type}`,
    ...(source === "" ? [] : [`source=${source}`]),
    `target=${target}`,
    ...(readOnly ? ["readonly"] : []),
    ...(bind.propagation === undefined ? [] : [`bind-propagation=${bind.propagation}`]),
    ...(bind.recursive === undefined ? [] : [`bind-recursive=${bind.recursive}`]),
    ...(volume.volume?.nocopy ? ["volume-nocopy"] : []),
    ...(volume.volume?.subpath === undefined ? [] : [`volume-subpath=${volume.volume.subpath}`]),
    ...(volume.tmpfs?.size === undefined ? [] : [`tmpfs-size=${volume.tmpfs.size}`]),
    ...(volume.tmpfs?.mode === undefined ? [] : [`tmpfs-mode=${volume.tmpfs.mode.toString(8)}`]),
  ];
  if (parts.some((part) => part.includes(",")))
    wrong.push({ key: "volumes", wrong: `a comma in "${source || target}" cannot be written for docker run` });
  return ["--mount", parts.join()];
}

/** Writes a command in a container that runs as the words of `docker exec` or `docker compose exec`. */
export function dockerExec(
  template: ExecTemplate,
  isPassedOn: IsPassedOn,
): DockerWords & { readonly verb: readonly string[] } {
  const { within, user, workingDir, environment, command } = template;
  const { container, compose } = within;
  const wrong =
    container === undefined && compose?.project === undefined
      ? [{ key: "service", wrong: "docker compose exec needs the project of the service", hint: "write project" }]
      : [];
  const options = [
    ...(user === undefined ? [] : [["--user", user]]),
    ...(workingDir === undefined ? [] : [["--workdir", workingDir]]),
    ...environmentWords(environment, isPassedOn),
  ];
  if (container !== undefined) return { verb: ["exec"], options, rest: [container, ...command], wrong, lost: [] };
  const number = compose?.number === undefined ? [] : [["--index", compose.number]];
  return {
    verb: ["compose", "--project-name", compose?.project ?? "", "exec", "--no-TTY"],
    options: [...options, ...number],
    rest: [compose?.service ?? "", ...command],
    wrong,
    lost: [],
  };
}
