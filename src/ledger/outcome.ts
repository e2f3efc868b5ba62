/** How an attempt, or the run, ended. `message` is in the engine's own words. */
export type Outcome =
  | { readonly kind: "succeeded"; readonly exitCode: number }
  | { readonly kind: "failed"; readonly exitCode: number; readonly oom: boolean | "unknown" }
  | { readonly kind: "rejected"; readonly reason: RejectReason; readonly message: string }
  | { readonly kind: "timed-out"; readonly exitCode?: number }
  | { readonly kind: "replaced"; readonly exitCode?: number }
  | { readonly kind: "cancelled"; readonly exitCode?: number }
  | { readonly kind: "lost"; readonly reason: LostReason; readonly message?: string };

export type OutcomeKind = Outcome["kind"];

/** Why the engine never ran the process. */
export type RejectReason =
  | "name-taken"
  /** Neither the engine nor the image's registry has it. */
  | "image-missing"
  /** The registry has others of its tags. */
  | "image-tag-missing"
  | "registry-unauthorized"
  | "registry-unreachable"
  | "pull-failed"
  | "template-missing"
  | "not-allowed"
  | "bad-definition"
  | "start-failed"
  | "container-not-running"
  /** What is between the scheduler and the engine, a socket proxy say, forbids a request that the attempt needs. */
  | "forbidden"
  /** The engine answers, and could not make this object however often it was asked. */
  | "engine-trouble"
  | "pending-timeout";

/** Why the end of the process is not known, or was not its own. */
export type LostReason =
  | "object-removed"
  | "node-down"
  | "shut-down"
  | "exit-unknown"
  /** The engine answers, and no longer says anything of this object. */
  | "out-of-sight";

/** The image of an attempt: a name may mean another one tomorrow. */
export interface ImageUsed {
  /** As the object has it: `busybox:1.36`. */
  readonly name: string;
  /** By which the registry of that name knows it: `sha256:…`. Absent when it came from none, or nobody knows. */
  readonly digest?: string;
  /** The ID that its engine gave it: `sha256:…`, of its configuration. Absent when it ran on another engine. */
  readonly id?: string;
}
