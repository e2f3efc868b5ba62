import type { Docker } from "./connect.ts";
import { inspectContainer, listContainers, type MountSpec } from "./containers.ts";
import { containerName } from "./read-container.ts";
import { listAllServices, type ServiceSpec } from "./services.ts";
import { expectShape, listOf, object, text } from "./shape.ts";
import { RUN_LABELS } from "./specs/run-labels.ts";
import { expectStatus } from "./status.ts";

/** Objects of an engine as a Compose file would declare them, for those who read Compose files. */
export interface EngineAsCompose {
  readonly text: string;
  /** The services in mode replicated, by name: only these can be scaled. */
  readonly replicated: ReadonlySet<string>;
  /** Where a line of the text stands on the engine: `service shop_backup, label swarm.cronjob.schedule`. */
  readonly placeOf: (line: number) => string | undefined;
}

/** Which objects are wanted. */
interface Wanted {
  /** What one of their labels begins with. */
  readonly prefix: string;
  /** The scheduler that reads these labels: its time zone matters. */
  readonly image: RegExp;
}

/**
 * Reads the containers with such labels, whatever their state, and the scheduler itself. Of what runs in them, only what the
 * labels say is of interest: their image and their `TZ` are told.
 *
 * @throws EngineError
 */
export async function containersAsCompose(docker: Docker, { prefix, image }: Wanted): Promise<EngineAsCompose> {
  const all = await listContainers(docker, {});
  const wanted = all.filter(
    ({ Labels, Image = "" }) =>
      Labels?.[RUN_LABELS.run] === undefined && (hasPrefix(Labels, prefix) || image.test(Image)),
  );
  const services = await Promise.all(
    wanted.map(async ({ Id, Names, Labels, Image = "" }) => {
      const name = containerName(Names);
      const zone = (await inspectContainer(docker, Id))?.Config.Env?.filter((each) => each.startsWith("TZ=")) ?? [];
      return {
        name,
        labels: onlyPrefixed(Labels, prefix),
        keys: { container_name: name, image: Image, environment: zone },
      };
    }),
  );
  return writeCompose("container", services.toSorted(byName), {});
}

/**
 * Reads the services with such labels, with all that their tasks are made from, and the scheduler itself.
 *
 * @throws EngineError when this is no manager of a Swarm, for one.
 */
export async function servicesAsCompose(docker: Docker, { prefix, image }: Wanted): Promise<EngineAsCompose> {
  const [all, networks] = await Promise.all([listAllServices(docker, {}), networkNames(docker)]);
  const wanted = all.filter(({ Spec }) => {
    const isRun = Spec.Labels?.[RUN_LABELS.run] !== undefined;
    return !isRun && (hasPrefix(Spec.Labels, prefix) || image.test(Spec.TaskTemplate.ContainerSpec?.Image ?? ""));
  });
  const top = new Top();
  const services = wanted.map(({ Spec }) => ({
    name: Spec.Name,
    labels: onlyPrefixed(Spec.Labels, prefix),
    ...keysOfService(Spec, networks, top),
  }));
  return writeCompose("service", services.toSorted(byName), top.declared);
}

type Labels = Readonly<Record<string, string>> | null | undefined;

function hasPrefix(labels: Labels, prefix: string): boolean {
  return Object.keys(labels ?? {}).some((key) => key.startsWith(prefix));
}

function onlyPrefixed(labels: Labels, prefix: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels ?? {})
      .filter(([key]) => key.startsWith(prefix))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

async function networkNames(docker: Docker): Promise<ReadonlyMap<string, string>> {
  const answer = await docker.call({ method: "GET", path: "/networks" });
  const { body } = expectStatus(answer, "list networks", 200);
  const networks = expectShape<readonly { Id: string; Name: string }[]>(
    body,
    listOf(object({ Id: text, Name: text })),
    "list networks",
  );
  return new Map(networks.map(({ Id, Name }) => [Id, Name]));
}

/** What the top of the file declares: all of it is there already, by its full name. */
class Top {
  readonly declared: Record<string, Record<string, object>> = {};

  use(kind: "networks" | "volumes" | "secrets" | "configs", name: string, more: object = { external: true }): string {
    const names = this.declared[kind] ?? {};
    names[name] = { ...more, name };
    this.declared[kind] = names;
    return name;
  }
}

type Keys = Readonly<Record<string, unknown>>;

/** The fields of a service's containers that keys of Compose say here. Any other that has a value is named as what it is. */
const SAID: ReadonlySet<string> = new Set(
  (
    "Image Command Args Env Labels User Dir Hostname Groups StopSignal StopGracePeriod TTY Init ReadOnly CapabilityAdd " +
    "CapabilityDrop Sysctls Mounts Secrets Configs Hosts DNSConfig Ulimits Isolation OpenStdin Healthcheck"
  ).split(" "),
);

function keysOfService(
  { TaskTemplate, Mode, Networks }: ServiceSpec,
  networks: ReadonlyMap<string, string>,
  top: Top,
): { readonly keys: Keys; readonly deploy: Keys } {
  const spec: Record<string, unknown> & { readonly Image?: string } = TaskTemplate.ContainerSpec ?? {};
  const { Placement, Resources, RestartPolicy, LogDriver } = TaskTemplate as Keys;
  const attached = (TaskTemplate.Networks ?? Networks ?? []).map(({ Target = "" }) => networks.get(Target) ?? Target);
  const others = Object.entries(spec).filter(([key, value]) => !SAID.has(key) && !isEmpty(value));
  const keys = {
    image: spec.Image?.split("@", 1)[0],
    command: spec.Args,
    entrypoint: spec.Command,
    environment: spec.Env,
    labels: withoutStack(spec.Labels as Labels),
    user: spec.User,
    working_dir: spec.Dir,
    hostname: spec.Hostname,
    group_add: spec.Groups,
    stop_signal: spec.StopSignal,
    stop_grace_period: nanoseconds(spec.StopGracePeriod),
    tty: spec.TTY || undefined,
    init: spec.Init,
    read_only: spec.ReadOnly || undefined,
    cap_add: spec.CapabilityAdd,
    cap_drop: spec.CapabilityDrop,
    sysctls: spec.Sysctls,
    isolation: spec.Isolation === "default" ? undefined : spec.Isolation,
    extra_hosts: listIn<string>(spec.Hosts).flatMap((line) => {
      const [address = "", ...names] = line.split(/\s+/);
      return names.map((name) => `${name}:${address}`);
    }),
    dns: fieldOf(spec.DNSConfig, "Nameservers"),
    dns_search: fieldOf(spec.DNSConfig, "Search"),
    dns_opt: fieldOf(spec.DNSConfig, "Options"),
    ulimits: ulimitsOf(spec.Ulimits),
    networks: attached.map((name) => top.use("networks", name)),
    volumes: listIn<MountSpec>(spec.Mounts).map((mount) => volumeOf(mount, top)),
    secrets: listIn<Keys>(spec.Secrets).map((each) =>
      fileOf(each, String(each.SecretName), () => top.use("secrets", String(each.SecretName))),
    ),
    configs: listIn<Keys>(spec.Configs).map((each) =>
      fileOf(each, String(each.ConfigName), () => top.use("configs", String(each.ConfigName))),
    ),
    logging: LogDriver && { driver: fieldOf(LogDriver, "Name"), options: fieldOf(LogDriver, "Options") },
    ...Object.fromEntries(others),
  };
  const limits = (of: unknown) =>
    pruned({
      cpus: cpus(fieldOf(of, "NanoCPUs")),
      memory: fieldOf(of, "MemoryBytes") && `${fieldOf(of, "MemoryBytes")}b`,
      pids: fieldOf(of, "Pids") || undefined,
    });
  const deploy = {
    ...modeOf(Mode),
    restart_policy: pruned({
      condition: fieldOf(RestartPolicy, "Condition") ?? "any",
      max_attempts: fieldOf(RestartPolicy, "MaxAttempts") || undefined,
      delay: nanoseconds(fieldOf(RestartPolicy, "Delay")),
    }),
    placement: pruned({
      constraints: fieldOf(Placement, "Constraints"),
      preferences: listIn<Keys>(fieldOf(Placement, "Preferences")).map((each) => ({
        spread: fieldOf(each.Spread, "SpreadDescriptor"),
      })),
    }),
    resources: pruned({
      limits: limits(fieldOf(Resources, "Limits")),
      reservations: limits(fieldOf(Resources, "Reservations")),
    }),
  };
  return { keys: pruned(keys), deploy: pruned(deploy) };
}

function modeOf(mode: ServiceSpec["Mode"]): Keys {
  const { Replicated, Global, ReplicatedJob, GlobalJob } = (mode ?? {}) as Readonly<Record<string, Keys | undefined>>;
  if (Global) return { mode: "global" };
  if (GlobalJob) return { mode: "global-job" };
  if (ReplicatedJob) return { mode: "replicated-job", replicas: ReplicatedJob.TotalCompletions ?? 1 };
  return { mode: "replicated", replicas: Replicated?.Replicas ?? 1 };
}

/** Labels by which the stack knows its containers are not for runs. */
function withoutStack(labels: Labels): Keys {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => !key.startsWith("com.docker.stack.")));
}

function volumeOf({ Type, Source, Target, ReadOnly, ...more }: MountSpec, top: Top): Keys {
  const { VolumeOptions, BindOptions, TmpfsOptions } = more as Keys;
  const driver = fieldOf(VolumeOptions, "DriverConfig");
  if (Type === "volume" && Source)
    top.use("volumes", Source, pruned({ driver: fieldOf(driver, "Name"), driver_opts: fieldOf(driver, "Options") }));
  return pruned({
    type: Type,
    source: Source || undefined,
    target: Target,
    read_only: ReadOnly || undefined,
    volume: pruned({
      nocopy: fieldOf(VolumeOptions, "NoCopy") || undefined,
      subpath: fieldOf(VolumeOptions, "Subpath"),
    }),
    bind: pruned({ propagation: fieldOf(BindOptions, "Propagation") }),
    tmpfs: pruned({ size: fieldOf(TmpfsOptions, "SizeBytes"), mode: fieldOf(TmpfsOptions, "Mode") }),
  });
}

function fileOf({ File }: Keys, source: string, use: () => string): Keys {
  use();
  const mode = fieldOf(File, "Mode");
  return pruned({
    source,
    target: fieldOf(File, "Name"),
    uid: fieldOf(File, "UID"),
    gid: fieldOf(File, "GID"),
    mode: typeof mode === "number" ? `0${mode.toString(8)}` : undefined,
  });
}

function ulimitsOf(ulimits: unknown): Keys {
  return Object.fromEntries(
    listIn<Keys>(ulimits).map(({ Name, Soft, Hard }) => [String(Name), { soft: Soft, hard: Hard }]),
  );
}

function cpus(nano: unknown): string | undefined {
  return typeof nano === "number" && nano > 0 ? String(nano / 1e9) : undefined;
}

function nanoseconds(value: unknown): string | undefined {
  if (typeof value !== "number") return undefined;
  return value % 1e9 === 0 ? `${value / 1e9}s` : `${Math.round(value / 1e6)}ms`;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? ((value as Keys)[name] ?? undefined) : undefined;
}

function listIn<T>(value: unknown): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return true;
  return typeof value === "object" && Object.values(value).every(isEmpty);
}

/** Without what is not given. An empty list, map or text says nothing, and neither does a map of such. */
function pruned(keys: Keys): Keys {
  return Object.fromEntries(
    Object.entries(keys).filter(
      ([, value]) => value !== undefined && value !== null && value !== "" && !isHollow(value),
    ),
  );
}

function isHollow(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

interface ComposeLike {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly keys: Keys;
  readonly deploy?: Keys;
}

/** Writes one line for each label, and remembers which that is. A dollar sign is doubled, as Compose wants it. */
function writeCompose(kind: "container" | "service", services: readonly ComposeLike[], top: Keys): EngineAsCompose {
  const lines = ["services:"];
  const places = new Map<number, string>();
  const add = (line: string, place: string) => {
    lines.push(line);
    places.set(lines.length, place);
  };
  const json = (value: unknown) => JSON.stringify(value).replaceAll("$", "$$$$");
  for (const { name, keys, labels, deploy } of services) {
    const place = `${kind} ${name}`;
    add(`  ${JSON.stringify(name)}:`, place);
    for (const [key, value] of Object.entries(keys)) add(`    ${JSON.stringify(key)}: ${json(value)}`, place);
    const indent = deploy === undefined ? "    " : "      ";
    if (deploy !== undefined) {
      add("    deploy:", place);
      for (const [key, value] of Object.entries(deploy)) add(`${indent}${key}: ${json(value)}`, place);
    }
    if (Object.keys(labels).length > 0) add(`${indent}labels:`, place);
    for (const [key, value] of Object.entries(labels))
      add(`${indent}  ${key}: ${json(value)}`, `${place}, label ${key}`);
  }
  for (const [key, value] of Object.entries(top)) lines.push(`${key}: ${json(value)}`);
  const replicated = new Set(services.filter(({ deploy }) => deploy?.mode === "replicated").map(({ name }) => name));
  return { text: `${lines.join("\n")}\n`, replicated, placeOf: (line) => places.get(line) };
}
