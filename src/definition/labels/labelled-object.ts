import type { Problem } from "../../job/problem.ts";
import type { ObjectKind } from "../compose/engine-keys.ts";
import { cut, shown } from "../values/issue.ts";

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
  /** Of a service whose mode makes more than one task of it: a run is one. */
  readonly spread?:
    | { readonly mode: "global" | "global-job" }
    | { readonly mode: "replicated-job"; readonly completions: number };
  /** As it is written there: with or without tag and digest. */
  readonly image: string;
  /** Whom it runs as. Empty: whom the image says, which of a container is known to be root. */
  readonly user: string;
  /** True where it surely runs as root, with all that root needs to become another user. */
  readonly mayBecomeAnyone: boolean;
  /** The object's own, which its runs have unless a label says otherwise. */
  readonly stopGracePeriodMs?: number;
  readonly createdAt: Date;
  /** Labels of ours that its containers have and the service has not: there they mean nothing. */
  readonly misplaced?: readonly string[];
}

/** The label that makes an object a run of ours. Copies of a run carry it too. */
export const RUN_LABEL = "shipbell.run";

/** The label by which an object says which instance takes its jobs; without it every instance does. */
export function instanceLabel(labelPrefix: string): string {
  return `${labelPrefix}.instance`;
}

/** Of which instance there is talk, and what its labels begin with. */
interface Reader {
  readonly instance: string;
  readonly labelPrefix: string;
}

/** As the setting `instance` has it. */
const INSTANCE_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** False for what another instance is to take. A name that no instance can have is for all to complain of. */
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

/** A name that no instance can have is a slip of the hand: nobody would take the object's jobs. */
export function checkInstance(object: LabelledObject, labelPrefix: string): Problem | undefined {
  const named = instanceOf(object, labelPrefix);
  if (named === undefined || INSTANCE_NAME.test(named)) return undefined;
  return {
    at: `${placeOf(object)}, label ${instanceLabel(labelPrefix)}`,
    message: `${shown(named)} is no name that an instance can have`,
    hint: "write the name of the one that is to take these jobs, or leave the label out",
  };
}

/** What keeps the engine from running copies of the object. */
export function checkKind(object: LabelledObject, engine: ObjectKind | undefined): Problem | undefined {
  if (engine === undefined || engine === object.kind) return undefined;
  const at = placeOf(object);
  if (engine === "container") {
    const message = "jobs run as plain containers here, and a service cannot be copied to one";
    return { at, message, hint: "run them as services with --engine swarm" };
  }
  const message = "jobs run as services of a Swarm here, and a container cannot be copied to one";
  return { at, message, hint: "declare them under deploy: labels: of a service" };
}

/** They are said in Compose files under `labels:`, which is easily taken for `deploy: labels:`. */
export function checkMisplaced({ misplaced = [], ...object }: LabelledObject): Problem[] {
  if (misplaced.length === 0) return [];
  const [are, them] = misplaced.length === 1 ? ["is a label", "it"] : ["are labels", "them"];
  const some = misplaced.slice(0, 10).map(cut).join(", ");
  const message = `${some}${misplaced.length > 10 ? ", …" : ""} ${are} of the service's containers, where no scheduler reads ${them}`;
  const hint = `in the stack's file, move ${them} from labels: to deploy: labels:`;
  return [{ at: placeOf(object), message, hint, severity: "warning" }];
}
