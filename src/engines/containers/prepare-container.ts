import type { Docker } from "../docker/connect.ts";
import {
  type ContainerInspect,
  containerPath,
  findContainerByName,
  inspectContainer,
  removeContainer,
} from "../docker/containers.ts";
import { readContainerState } from "../docker/read-container.ts";
import { withHostPath } from "../docker/read-rejection.ts";
import { findImage, isImageMissing } from "../docker/registry/images.ts";
import { makeNetworks } from "../docker/specs/made-networks.ts";
import { type LabelledAttempt, readRunLabels } from "../docker/specs/run-labels.ts";
import { expectStatus, isRefusal, messageOf, unexpected } from "../docker/status.ts";
import type { DockerAnswer } from "../docker/wire.ts";
import { type AttemptOrder, EngineTrouble, type Prepared, type Rejection } from "../engine.ts";
import type { Workshop } from "../kind.ts";
import { type ContainerSpec, createBody, networksAtOnce } from "./container-spec.ts";
import { specifyContainer } from "./specify-container.ts";
import { tarOf } from "./tar.ts";

/** How often creation is tried when what was in its way (the name, the image) has changed. */
const TRIES = 3;

/** A container that this process has created and not started yet. */
export interface MadeContainer {
  readonly id: string;
  /** It has its files and its networks. */
  readonly isFinished: boolean;
}

interface ContainerWorkshop extends Workshop {
  /** By name; `prepareContainer` adds to them. */
  readonly made: Map<string, MadeContainer>;
}

/**
 * Creates an attempt's container, or finds the one created before: one request, if nothing is in the way, or two at the
 * same time for one that this process has prepared already. See `Engine.prepare`.
 */
export async function prepareContainer(workshop: ContainerWorkshop, order: AttemptOrder): Promise<Prepared> {
  const spec = await specifyContainer(workshop, order);
  if ("kind" in spec) return spec;
  const { template } = order;
  const networks = template.kind === "compose" ? (template.madeNetworks ?? []) : [];
  const refused = await makeNetworks(workshop, networks, "bridge");
  if (refused !== undefined) return refused;
  const known = workshop.made.get(order.objectName);
  if (known?.isFinished && (await isStillPrepared(workshop, order, { spec, id: known.id })))
    return { kind: "prepared", objectId: known.id, objectName: order.objectName };
  for (let tries = 1; ; tries++) {
    const creation = await create(workshop.docker, order.objectName, spec);
    const decided = await decide(workshop, order, creation);
    if (decided !== "again") return decided;
    if (tries === TRIES) return giveUp(order, creation.answer);
  }
}

/** A name that is free and still refused is trouble of the engine; a missing part is not. */
function giveUp(order: AttemptOrder, answer: DockerAnswer): Rejection {
  if (answer.status === 404) return badDefinition(messageOf(answer));
  throw unexpected(answer, `create ${order.objectName}`);
}

interface Creation {
  readonly spec: ContainerSpec;
  readonly answer: DockerAnswer;
  /** The networks that the container was created on, if it was created. */
  readonly networks: readonly string[];
}

async function create(docker: Docker, name: string, spec: ContainerSpec): Promise<Creation> {
  const networks = networksAtOnce(spec, await docker.apiVersion());
  const body = createBody(spec, networks);
  const answer = await docker.call({
    method: "POST",
    path: "/containers/create",
    query: { name, ...(spec.platform !== undefined && { platform: spec.platform }) },
    body,
    deadlineMs: 60_000,
  });
  return { spec, answer, networks };
}

async function decide(
  workshop: ContainerWorkshop,
  order: AttemptOrder,
  creation: Creation,
): Promise<Prepared | "again"> {
  const { docker } = workshop;
  const { spec, answer, networks } = creation;
  const { objectName: name } = order;
  if (answer.status === 201) {
    const { Id: id } = answer.body as { Id: string };
    return finish(workshop, { id, name, networks }, spec);
  }
  if (answer.status === 409) return settleName(workshop, order, spec);
  // 404 is not only about images. An image that is there now has arrived in the meantime, or was not the reason.
  if (answer.status === 404) {
    const image = spec.body.Image;
    return (await isImageMissing(docker, image, spec.platform))
      ? { kind: "image-missing", image, message: messageOf(answer) }
      : "again";
  }
  if (isRefusal(answer)) return withHostPath(badDefinition(messageOf(answer)), spec.body.HostConfig.Mounts);
  // Podman says so of a name that is taken. And a proxy that gave up waiting does not know that the container was made.
  if (answer.status >= 500 && (await findContainerByName(docker, name)) !== undefined)
    return settleName(workshop, order, spec);
  throw unexpected(answer, `create ${order.objectName}`);
}

/**
 * The name is taken: by this same attempt, prepared before; by a stale object of ours; or by someone else's object.
 * Names and labels of a run can be guessed, and a prepared container is given files and networks and then started. So
 * only a container that this process created itself is used; one that an earlier process left is created again.
 */
async function settleName(
  workshop: ContainerWorkshop,
  order: AttemptOrder,
  spec: ContainerSpec,
): Promise<Prepared | "again"> {
  const { docker, instance, made } = workshop;
  const holder = await findContainerByName(docker, order.objectName);
  if (holder === undefined) return "again";
  const own = readRunLabels(instance, { name: order.objectName, labels: holder.Config.Labels ?? {} });
  if (own === undefined) return nameTaken(holder, "is not of this instance");
  const state = readContainerState(holder.State);
  if (state === undefined) throw new EngineTrouble(`container ${order.objectName} is just being removed`);
  if (state.phase !== "inert") return nameTaken(holder, "was started before, though nothing is known of it");
  const isOurs = made.get(order.objectName)?.id === holder.Id;
  if (isOurs && isThisAttempt(own, order) && (await isOfImage(docker, holder, spec)))
    return finish(workshop, { id: holder.Id, name: order.objectName, networks: networksOf(holder) }, spec);
  if ((await removeContainer(docker, holder, "kept")) === "kept") return nameTaken(holder, "has just been started");
  return "again";
}

/**
 * Whether a container that was prepared before, perhaps seconds ago, is what would be created now. It may have been removed,
 * given another name, taken off a network or started since, and its image's name may have become another image's.
 */
async function isStillPrepared(
  { docker, instance }: ContainerWorkshop,
  order: AttemptOrder,
  { spec, id }: { readonly spec: ContainerSpec; readonly id: string },
): Promise<boolean> {
  const [holder, image] = await Promise.all([inspectContainer(docker, id), findImage(docker, spec.body.Image)]);
  if (holder === undefined || holder.Image !== image?.Id || holder.Name !== `/${order.objectName}`) return false;
  const networks = networksOf(holder);
  if ([...spec.networks.keys()].some((network) => !networks.includes(network))) return false;
  const own = readRunLabels(instance, { name: order.objectName, labels: holder.Config.Labels ?? {} });
  return own !== undefined && isThisAttempt(own, order) && readContainerState(holder.State)?.phase === "inert";
}

/** Its trigger is in its environment. */
function isThisAttempt(own: LabelledAttempt, { run, job, attempt, definition, trigger }: AttemptOrder): boolean {
  const isOfRun = own.run === run && own.job === job && own.attempt === attempt;
  return isOfRun && own.definition === definition && own.trigger === trigger;
}

async function isOfImage(docker: Docker, holder: ContainerInspect, { body }: ContainerSpec): Promise<boolean> {
  return holder.Image === (await findImage(docker, body.Image))?.Id;
}

/** Puts its files into it, and connects it to the networks that it is not on yet: a crash may have prevented it. */
async function finish(workshop: ContainerWorkshop, container: Made, spec: ContainerSpec): Promise<Prepared> {
  const { docker } = workshop;
  const { id, name } = container;
  workshop.made.set(name, { id, isFinished: false });
  const refused = (await putFiles({ docker }, id, spec)) ?? (await connect(docker, container, spec));
  if (refused !== undefined) return refused;
  workshop.made.set(name, { id, isFinished: true });
  return { kind: "prepared", objectId: id, objectName: name };
}

async function connect(docker: Docker, made: Made, spec: ContainerSpec): Promise<Rejection | undefined> {
  for (const [network, EndpointConfig] of spec.networks) {
    if (made.networks.includes(network)) continue;
    const path = `/networks/${encodeURIComponent(network)}/connect`;
    const answer = await docker.call({ method: "POST", path, body: { Container: made.id, EndpointConfig } });
    if (isRefusal(answer)) return badDefinition(messageOf(answer));
    expectStatus(answer, `connect ${made.id} to ${network}`, 200);
  }
  return undefined;
}

/** A container and the networks that it is on. */
interface Made {
  readonly id: string;
  readonly name: string;
  readonly networks: readonly string[];
}

function networksOf({ NetworkSettings }: ContainerInspect): readonly string[] {
  return Object.keys(NetworkSettings.Networks ?? {});
}

function nameTaken({ Id, Name }: ContainerInspect, because: string): Rejection {
  const message = `the name is taken: container ${Name.slice(1)} (${Id.slice(0, 12)}) ${because}`;
  return { kind: "rejected", reason: "name-taken", message };
}

function badDefinition(message: string): Rejection {
  return { kind: "rejected", reason: "bad-definition", message };
}

/**
 * Puts the secrets and configs whose text is known into a container that has not been started. Repeating it is safe.
 * Returns the refusal, if the engine refuses them.
 */
async function putFiles(
  { docker }: Pick<Workshop, "docker">,
  id: string,
  { body, files = [] }: ContainerSpec,
): Promise<Rejection | undefined> {
  if (files.length === 0) return undefined;
  const archive = tarOf(files);
  if (archive === undefined) return reject("the path of a secret or config is too long");
  const path = containerPath(id, "/archive");
  const answer = await docker.call({ method: "PUT", path, query: { path: "/" }, archive });
  if (answer.status === 200) return undefined;
  const isReadOnly = answer.status === 403 && body.HostConfig.ReadonlyRootfs === true;
  if (isReadOnly || isRefusal(answer)) return reject(messageOf(answer));
  throw unexpected(answer, `put files into ${id}`);
}

function reject(why: string): Rejection {
  return { kind: "rejected", reason: "bad-definition", message: `secrets and configs: ${why}` };
}
