import { createHash } from "node:crypto";
import { hashOf } from "../../job/job-hash.ts";
import type { RegistryCredentials } from "../docker/registry/registry-auth.ts";
import {
  faultOf,
  inspectService,
  type Service,
  type ServiceContainerSpec,
  type ServiceSpec,
} from "../docker/services.ts";
import {
  type LabelledAttempt,
  RUN_LABELS,
  readEnvironment,
  readRunLabels,
  traceNames,
} from "../docker/specs/run-labels.ts";
import { unexpected } from "../docker/status.ts";
import type { DockerAnswer } from "../docker/wire.ts";
import type { AttemptOrder, ObjectName, Prepared, Rejection } from "../engine.ts";
import type { Workshop } from "../kind.ts";
import type { ImagePins } from "./pin-image.ts";
import { isInert, replicasOf } from "./service-spec.ts";
import { specifyService } from "./specify-service.ts";

/** Where services are created, in whose name, and with which credentials for registries. */
interface ServiceWorkshop extends Workshop {
  readonly credentials?: Pick<RegistryCredentials, "headerFor">;
  readonly pins?: Pick<ImagePins, "pin">;
  /** By the names that were ordered: what this process has prepared and not activated yet. Default: nothing is kept. */
  readonly made?: Map<string, ObjectName>;
}

/** How often creation is tried when what was in its way has changed. */
const TRIES = 4;
const LONGEST_NAME = 63;

/**
 * Creates an attempt's service, with no replicas, or finds the one created before: one request, if nothing is in the
 * way. See `Engine.prepare`. Whether the image exists is not asked here: each node pulls for itself.
 */
export async function prepareService(workshop: ServiceWorkshop, order: AttemptOrder): Promise<Prepared> {
  const known = workshop.made?.get(order.objectName);
  if (known !== undefined && (await isStillPrepared(workshop, order, known)))
    return { kind: "prepared", objectId: known.id, objectName: known.name };
  const first = await prepareOnce(workshop, order);
  // A scheduler with a newer file may have removed what was found in the store before the service used it.
  const prepared = first.kind === "rejected" && keepsContents(order) ? await prepareOnce(workshop, order) : first;
  if (prepared.kind === "prepared") keep(workshop, order, prepared);
  return prepared;
}

/** What another scheduler has activated is never heard of here: the oldest go. */
const MOST_KEPT = 1000;

function keep(
  { made }: ServiceWorkshop,
  order: AttemptOrder,
  { objectId: id, objectName: name }: PreparedService,
): void {
  made?.set(order.objectName, { id, name });
  const [oldest] = made?.keys() ?? [];
  if (made !== undefined && made.size > MOST_KEPT && oldest !== undefined) made.delete(oldest);
}

type PreparedService = Prepared & { readonly kind: "prepared" };

/**
 * Whether a service that was prepared before, perhaps seconds ago, is what would be created now. One request: Swarm removes
 * nothing that it names as long as it is there. Its image stays pinned to what its tag was then. What was copied, or read
 * from a file, may have changed, and is read again.
 */
async function isStillPrepared(
  { docker, instance }: Workshop,
  order: AttemptOrder,
  { id, name }: ObjectName,
): Promise<boolean> {
  const { template } = order;
  if (template.kind !== "compose") return false;
  if ([...template.secrets, ...template.configs].some(({ content }) => content?.from === "file")) return false;
  const holder = await inspectService(docker, id);
  if (holder === undefined || !isInert(holder)) return false;
  const own = readRunLabels(instance, { name: holder.Spec.Name, labels: holder.Spec.Labels ?? {} });
  return own !== undefined && holder.Spec.Name === name && isThisAttempt(own, order);
}

function keepsContents({ template }: AttemptOrder): boolean {
  return template.kind === "compose" && [...template.secrets, ...template.configs].some(({ content }) => content);
}

async function prepareOnce(workshop: ServiceWorkshop, order: AttemptOrder): Promise<Prepared> {
  const specified = await specifyService(workshop, order);
  if (specified.kind === "rejected") return specified;
  const pinned = (await workshop.pins?.pin(order, specified.spec)) ?? specified;
  if (pinned.kind === "rejected") return pinned;
  const { spec } = pinned;
  const other = otherName(order);
  let name = order.objectName;
  for (let tries = 1; ; tries++) {
    const answer = await create(workshop, renamed(spec, name));
    const decided = await decide(workshop, { ...order, objectName: name }, { spec, answer, other });
    if (typeof decided !== "string") return decided;
    if (tries === TRIES) throw unexpected(answer, `create service ${name}`);
    if (decided === "another-name") name = other;
  }
}

function renamed(spec: ServiceSpec, name: string): ServiceSpec {
  return name === spec.Name ? spec : { ...spec, Name: name, Labels: { ...spec.Labels, [RUN_LABELS.object]: name } };
}

function create({ docker, credentials }: ServiceWorkshop, spec: ServiceSpec): Promise<DockerAnswer> {
  // Swarm keeps them with the service, for the node that pulls.
  const registryAuth = credentials?.headerFor(spec.TaskTemplate.ContainerSpec?.Image ?? "");
  return docker.call({
    method: "POST",
    path: "/services/create",
    body: spec,
    ...(registryAuth !== undefined && { registryAuth }),
  });
}

interface Creation {
  readonly spec: ServiceSpec;
  readonly answer: DockerAnswer;
  /** The name that the service gets if another definition of the attempt has taken its own. */
  readonly other: string;
}

async function decide(
  workshop: ServiceWorkshop,
  order: AttemptOrder,
  { spec, answer, other }: Creation,
): Promise<Prepared | "again" | "another-name"> {
  const { objectName } = order;
  if (answer.status === 201) {
    return { kind: "prepared", objectId: (answer.body as { readonly ID: string }).ID, objectName };
  }
  if (answer.status === 409) return settleName(workshop, order, { spec, other });
  const fault = await faultOf(workshop.docker, spec, answer);
  if (fault === undefined) throw unexpected(answer, `create service ${objectName}`);
  return { kind: "rejected", reason: "bad-definition", message: fault };
}

/**
 * The name is taken: by this same attempt, prepared before; by a stale object of ours; or by someone else's object.
 * Names and labels of a run can be guessed, so a service counts as this attempt's only if it also runs the same
 * process.
 */
async function settleName(
  { docker, instance, made }: ServiceWorkshop,
  order: AttemptOrder,
  { spec, other }: Omit<Creation, "answer">,
): Promise<Prepared | "again" | "another-name"> {
  const holder = await inspectService(docker, order.objectName);
  if (holder === undefined) return "again";
  const own = readRunLabels(instance, { name: order.objectName, labels: holder.Spec.Labels ?? {} });
  if (own === undefined) return nameTaken(holder, "is not of this instance");
  if (!isInert(holder)) {
    // Of one that this process has prepared and not started, another client has changed the spec: it is not what is to run. Whether another
    // scheduler has started it, the swap tells that decides the start.
    const known = made?.get(order.objectName);
    const isOurs = known !== undefined && (known.id === holder.ID || known.name === other);
    if (isOurs && replicasOf(holder.Spec) === 0) return "another-name";
    return nameTaken(holder, "was started or changed before, though nothing is known of it");
  }
  const told = traceNames(order, readEnvironment(spec.TaskTemplate.ContainerSpec?.Env));
  if (isThisAttempt(own, order) && processOf(holder.Spec, told) === processOf(spec, told)) {
    return { kind: "prepared", objectId: holder.ID, objectName: order.objectName };
  }
  // Another scheduler, with another definition, may be about to bind it.
  return order.objectName === other ? nameTaken(holder, "is another attempt's") : "another-name";
}

function isThisAttempt(own: LabelledAttempt, { run, job, attempt, definition, trigger }: AttemptOrder): boolean {
  const isOfRun = own.run === run && own.job === job && own.attempt === attempt;
  return isOfRun && own.definition === definition && own.trigger === trigger;
}

/**
 * Equal for two services that run the same process with the same data, whatever they are `told` of their traces. Swarm returns
 * these keys as it got them.
 */
function processOf({ TaskTemplate }: ServiceSpec, told: ReadonlySet<string>): string {
  const {
    Image = "",
    Command,
    Args,
    Env,
    User,
    Dir,
    Hosts,
    Mounts,
    Secrets,
    Configs,
  } = (TaskTemplate.ContainerSpec ?? {}) as Partial<ServiceContainerSpec>;
  const environment = (Env ?? []).filter((variable) => !told.has(variable.split("=", 1)[0] ?? ""));
  return hashOf({
    // A tag may have been pinned to another digest since.
    image: Image.replace(/@.*$/s, ""),
    process: [Command ?? [], Args ?? [], environment, User ?? "", Dir ?? "", Hosts ?? []],
    mounts: (Mounts ?? []).map(({ Type, Source = "", Target }) => [Type, Source, Target]),
    files: [...(Secrets ?? []), ...(Configs ?? [])].map((file) => {
      const { SecretID = "", ConfigID = "" } = file as { readonly SecretID?: string; readonly ConfigID?: string };
      return [SecretID, ConfigID];
    }),
  });
}

/**
 * The same name whenever this definition of this attempt is prepared for this trigger. A long name is cut, so it is part of
 * the hash.
 */
export function otherName({ objectName, definition, trigger }: AttemptOrder): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([objectName, definition, ...(trigger === "catch-up" ? [trigger] : [])]))
    .digest("hex")
    .slice(0, 10);
  const end = `__${hash}`;
  return objectName.slice(0, LONGEST_NAME - end.length).replace(/[_-]+$/, "") + end;
}

function nameTaken({ ID, Spec }: Service, because: string): Rejection {
  const message = `the name is taken: service ${Spec.Name} (${ID.slice(0, 12)}) ${because}`;
  return { kind: "rejected", reason: "name-taken", message };
}
