import type { ObjectKind } from "../../job/job.ts";
import type { Problem } from "../../job/problem.ts";
import { cut, type Issue, shown } from "../values/issue.ts";

/** A container or service with labels of ours, as its engine lists it. */
export interface LabelledObject {
  readonly kind: ObjectKind;
  readonly id: string;
  /** Without a leading slash. */
  readonly name: string;
  /** As in `ObjectRef.version`. */
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  /** True while a process of it runs: a running container, a service with more than no replicas. */
  readonly running: boolean;
  /** Of a service whose mode makes more than one task of it; a run has one. */
  readonly spread?:
    | { readonly mode: "global" | "global-job" }
    | { readonly mode: "replicated-job"; readonly completions: number };
  /** Of a service: which nodes it may run on, as Swarm has it: `node.role==manager`. Absent: on any. */
  readonly constraints?: readonly string[];
  /** Of a service: how many tasks it has, and when Swarm starts one again. */
  readonly deploy?: ServiceDeploy;
  /** As written there: with or without tag and digest. */
  readonly image: string;
  /** The user that it runs as. Empty: the image's user, which is known to be root for a container. */
  readonly user: string;
  /** True where it certainly runs as root, with all capabilities that root needs to become another user. */
  readonly mayBecomeAnyone: boolean;
  /** The object's own, which its runs have unless a label says otherwise. */
  readonly stopGracePeriodMs?: number;
  readonly createdAt: Date;
  /** Labels of ours that the service's containers have and the service has not. They mean nothing there. */
  readonly misplaced?: readonly string[];
}

/** What a service says of its tasks, in words of Compose. */
export interface ServiceDeploy {
  readonly mode: "replicated" | "global" | "replicated-job" | "global-job";
  /** Those that run, or with `replicated-job` all that are to end. */
  readonly replicas: number;
  readonly restart: {
    readonly condition: "none" | "on-failure" | "any";
    /** Absent: any number. */
    readonly attempts?: number;
    readonly delayMs?: number;
  };
}

/** The labels that Compose puts on its containers. */
export const COMPOSE_LABELS = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  number: "com.docker.compose.container-number",
  /** `True` on a container of `docker compose run`. */
  oneOff: "com.docker.compose.oneoff",
  /** On a container that replaces another, for as long as that takes. */
  replace: "com.docker.compose.replace",
} as const;

/** The label that names it. */
export const STACK_LABEL = { service: "com.docker.stack.namespace", container: COMPOSE_LABELS.project } as const;

/** The stack of a service, or the Compose project of a container; undefined where it belongs to none. */
export function stackOf({ kind, labels }: Pick<LabelledObject, "kind" | "labels">): string | undefined {
  return labels[STACK_LABEL[kind]] || undefined;
}

/** The label that marks a run of ours. Copies of a run carry it too. */
export const RUN_LABEL = "shipbell.run";

/** The label by which an object says which instance takes its jobs; without it every instance does. */
export function instanceLabel(labelPrefix: string): string {
  return `${labelPrefix}.instance`;
}

/** The instance that reads labels, and what they begin with. */
interface Reader {
  readonly instance: string;
  readonly labelPrefix: string;
}

/** As the setting `instance` has it. */
const INSTANCE_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** False for an object of another instance. A name that no instance can have is reported by all. */
export function isFor({ instance, labelPrefix }: Reader, object: Pick<LabelledObject, "labels">): boolean {
  const named = instanceOf(object, labelPrefix);
  return named === undefined || named === instance || !INSTANCE_NAME.test(named);
}

function instanceOf({ labels }: Pick<LabelledObject, "labels">, labelPrefix: string): string | undefined {
  const label = instanceLabel(labelPrefix);
  return Object.hasOwn(labels, label) ? labels[label]?.trim() : undefined;
}

/** `service shop_backup` */
export function placeOf({ kind, name }: Pick<LabelledObject, "kind" | "name">): string {
  return `${kind} ${name}`;
}

/** Returns where an object, or a label of it, stands. */
export type PlaceLabel = (
  object: Pick<LabelledObject, "kind" | "name">,
  label?: string | undefined,
  on?: Issue["on"],
) => string;

/** `service shop_backup, label shipbell.schedule` */
export const placeOnEngine: PlaceLabel = (object, label) =>
  label === undefined ? placeOf(object) : `${placeOf(object)}, label ${cut(label)}`;

/** Finds a name that no instance can have. It is a typing mistake: no scheduler would take the object's jobs. */
export function checkInstance(object: LabelledObject, labelPrefix: string, place: PlaceLabel): Problem | undefined {
  const named = instanceOf(object, labelPrefix);
  if (named === undefined || INSTANCE_NAME.test(named)) return undefined;
  return {
    at: place(object, instanceLabel(labelPrefix)),
    message: `${shown(named)} cannot be the name of an instance`,
    hint: "write the name of the instance that is to run these jobs, or leave the label out",
  };
}

/** Finds what keeps the engine from running copies of the object. */
export function checkKind(
  object: LabelledObject,
  engine: ObjectKind | undefined,
  place: PlaceLabel,
): Problem | undefined {
  if (engine === undefined || engine === object.kind) return undefined;
  const at = place(object);
  if (engine === "container") {
    const message = "jobs run as plain containers here, and a service cannot be copied to one";
    return { at, message, hint: "run them as services with --engine swarm" };
  }
  const message = "jobs run as services of a Swarm here, and a container cannot be copied to one";
  return { at, message, hint: "declare them under deploy: labels: of a service" };
}

/** Finds labels that stand under `labels:` of a Compose file, which is easily mistaken for `deploy: labels:`. */
export function checkMisplaced({ misplaced = [], ...object }: LabelledObject, place: PlaceLabel): Problem[] {
  if (misplaced.length === 0) return [];
  const [are, them] = misplaced.length === 1 ? ["is a label", "it"] : ["are labels", "them"];
  const some = misplaced.slice(0, 10).map(cut).join(", ");
  const message = `${some}${misplaced.length > 10 ? ", …" : ""} ${are} of the service's containers, where no scheduler reads ${them}`;
  const hint = `in the stack's file, move ${them} from labels: to deploy: labels:`;
  return [{ at: place(object), message, hint, severity: "warning" }];
}
