import type { ObjectKind, Template } from "../job/job.ts";
import type { NodeTraits } from "../job/placement.ts";
import type { TraceHeaders } from "../job/trace.ts";
import type { ImageUsed, RejectReason, Trigger, Upstream, Usage } from "../ledger/record.ts";
import type { LogOptions, OutputLine } from "./output.ts";

export type { LogOptions, OutputGate, OutputLine, OutputPosition } from "./output.ts";

/**
 * What runs attempts: as containers of one Docker Engine, or as services of a Swarm.
 *
 * Every implementation guarantees (`test/contracts/engine.contract.ts`):
 * - It touches only objects that carry our labels and this instance's name.
 * - A promise rejected with an `EngineError` says nothing about whether the request was carried out: look again. What
 *   the engine says *about the object* is a value, never an exception.
 * - It rejects with `EngineUnavailable` only where the engine is down for everything, and otherwise with
 *   `EngineTrouble`: an answer about one object says nothing about the engine or about other objects.
 * - Every call ends: it has a deadline of its own, and gives up sooner when `signal` is aborted.
 */
export interface Engine extends Abilities, Nodes {
  /**
   * Whether this object's output can be read as long as the object is kept. Otherwise the record keeps its last lines.
   */
  keepsOutput(objectId: string): boolean;

  /**
   * Connects to the engine and agrees on an API version. This alone decides whether the engine is up: it rejects with
   * `EngineUnavailable` and nothing else.
   */
  greet(): Promise<EngineVersion>;

  /** Lists all objects of this instance, in any state. */
  list(): Promise<readonly OwnObject[]>;

  /**
   * Returns the current state of these objects. An object that is not in the answer does not exist. Trouble with one of
   * them is that object's state (`unclear`) and does not affect the others.
   */
  look(objectIds: readonly string[]): Promise<ReadonlyMap<string, ObjectState>>;

  /**
   * Creates the attempt's object, inert: nothing runs until `activate`. Repeating it is safe: an object of that name
   * that is certainly this attempt's, with this definition and this trigger, is used as it is, as long as it is what
   * would be created now. Any other object of ours gives way: it is removed or, where another scheduler may be about to
   * bind it, left alone and this one gets another name. Anything else is `name-taken`.
   */
  prepare(order: AttemptOrder): Promise<Prepared>;

  /**
   * Whether an attempt of this template may be prepared seconds before it is due, and then again when it is. Not where
   * what it is made from has to be looked at when it starts: another container, for example.
   */
  preparesAhead(template: Template): boolean;

  /** Pulls an image that `prepare` found missing. There is no deadline; it ends when `signal` is aborted. */
  pull(image: string, signal: AbortSignal, platform?: string): Promise<Pulled>;

  /**
   * Lets the object run. Called once, and only for an object that a record binds; after an unclear answer,
   * `activateAgain` is called. For containers the caller holds the instance's lock (an exited container would run
   * again).
   */
  activate(object: ObjectName): Promise<Activated>;

  /**
   * Lets an object run that was seen inert for 2 s after a request with an unknown result. It is fenced: if that
   * request is still on its way and arrives after the object has run and ended, it finds no such object.
   */
  activateAgain(objectId: string): Promise<Activated>;

  /**
   * Sends the stop signal and, after `gracePeriodMs`, kills. Resolves when the process has ended or the engine gave up.
   */
  stop(objectId: string, gracePeriodMs: number): Promise<void>;

  /**
   * Removes an object that must not start. An object whose process runs, or has run, stays: the caller looks again. If
   * the object is gone when this resolves, it never ran, and no later request to start it will run it.
   */
  withdraw(objectId: string): Promise<void>;

  /** Removes the object, by force if it runs. An object that is already gone is no error. */
  remove(objectId: string): Promise<void>;

  /**
   * Returns what the process prints, line by line as it is printed, from the object's start (of what is already there,
   * at most the last `tail` lines, and only those after `after`). Ends when the process has ended or `signal` is
   * aborted. Throws an `EngineError` when the stream breaks, and `OutputGone` when the object is gone before its output
   * was read to the end: if the process has ended, an output that ends without an error is complete.
   */
  logs(objectId: string, options: LogOptions, signal: AbortSignal): AsyncIterable<OutputLine>;

  /**
   * Returns what the processes of the object have used up to now: their CPU time, and the memory in use. Undefined where the
   * engine does not know: they have ended, run on another machine, or are not counted apart from others.
   */
  usage(objectId: string, signal: AbortSignal): Promise<Usage | undefined>;

  /**
   * Calls `wake` with a job's name whenever one of its objects may have changed, and without a name if it cannot tell
   * which. Wakes are hints: they may be lost, or come for nothing. Ends when `signal` is aborted.
   */
  watch(wake: (job?: string) => void, signal: AbortSignal): void;
}

/** The machines that attempts run on. */
export interface Nodes {
  /**
   * Lists all of them: those of the Swarm, or the engine's own machine. Throws an `EngineError`; an `EngineTrouble` that
   * `isForbidden` is what a proxy says that does not let the question through.
   */
  nodes(signal: AbortSignal): Promise<readonly EngineNode[]>;

  /** Calls `wake` whenever `nodes` may return something else, until `signal` is aborted. Outside of a Swarm it never does. */
  watchNodes(wake: () => void, signal: AbortSignal): void;
}

/** A machine, without anything of what runs on it. */
export interface EngineNode {
  readonly id: string;
  /** As `ObjectState` and records name it. Several machines may have one name. */
  readonly name: string;
  readonly state: "ready" | "down" | "disconnected" | "unknown";
  /** Whether the engine gives it work; a machine that is drained has to give up what it has. */
  readonly availability: "active" | "pause" | "drain";
  /** Absent outside of a Swarm. */
  readonly role?: "manager" | "worker";
  readonly isLeader: boolean;
  readonly engineVersion?: string;
  /** What placement constraints ask for. Absent outside of a Swarm. */
  readonly traits?: NodeTraits;
}

/** What engines can, and how they differ. Nothing above `engines/` asks which kind an engine is. */
export interface Abilities {
  /** What jobs run as. Fields of the log are named after it. */
  readonly objectKind: ObjectKind;
  /** Whether ended objects are kept as long as the job's history says, so that `docker logs` still answers. */
  readonly keepsEnded: boolean;
  /** Whether `pull` brings images. Otherwise each node pulls what it runs. */
  readonly pulls: boolean;
  /**
   * Whether a process may outlive its object, on a node that does not hear of the removal. Then an object that does not
   * end is told to stop again, rather than removed by force.
   */
  readonly mayOutliveRemoval: boolean;
}

/**
 * What carries the attempts of some kinds of template on an engine. Its methods are those of `Engine`, for its own
 * objects.
 */
export interface Carrier
  extends Pick<
    Engine,
    | "keepsOutput"
    | "list"
    | "look"
    | "prepare"
    | "preparesAhead"
    | "activate"
    | "activateAgain"
    | "stop"
    | "withdraw"
    | "remove"
    | "logs"
    | "usage"
    | "watch"
  > {
  /** The kinds of template that it carries. */
  readonly carries: readonly string[];
  /** Whether an object is its own, as far as the ID tells. */
  owns(objectId: string): boolean;
}

export interface EngineVersion {
  readonly version: string;
  readonly apiVersion: string;
  /** What it is called, where it is no Docker Engine, and what does not hold there, as the rest of a sentence. */
  readonly maker?: string;
  readonly caveat?: string;
}

export interface ObjectName {
  readonly id: string;
  readonly name: string;
}

/** What an attempt's object is made from. */
export interface AttemptOrder {
  readonly objectName: string;
  readonly job: string;
  readonly run: string;
  readonly attempt: number;
  readonly trigger: Trigger;
  readonly scheduledAt: Date;
  /** Whose end starts it; only with the trigger `after`. */
  readonly after?: Upstream;
  /** The job's hash. */
  readonly definition: string;
  readonly template: Template;
  /** Variables, over the template's. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Over the inputs. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where traces are on. The definition says nothing of it; it is the same whenever the attempt is prepared. */
  readonly trace?: TraceHeaders;
  /** From the stop signal to the kill, for engines that need to know it in advance. */
  readonly stopGracePeriodMs: number;
}

/** One of our objects, as its labels describe it. */
export interface OwnObject {
  readonly id: string;
  readonly name: string;
  readonly job: string;
  readonly run: string;
  readonly attempt: number;
  readonly trigger: Trigger;
  readonly scheduledAt: Date;
  readonly after?: Upstream;
  readonly definition: string;
  /** True when it was never activated. */
  readonly inert: boolean;
  /** True while its process runs. */
  readonly running: boolean;
}

/** The state of an object now. Times are the engine's. */
export type ObjectState =
  | { readonly phase: "inert" }
  /**
   * Activated, and not seen running yet; `detail` is what the engine says about it. `mayRun`: a node has it and may not
   * have reported that it runs.
   */
  | { readonly phase: "pending"; readonly detail?: string; readonly mayRun?: true; readonly node?: string }
  /** `startedAt` is absent where the engine does not know it. `isUnheard`: no wake will come when it ends. */
  | { readonly phase: "running"; readonly startedAt?: Date; readonly node?: string; readonly isUnheard?: true }
  /** Its node is down: whether its process runs, or how it ended, cannot be known. The node may come back. */
  | { readonly phase: "unreachable"; readonly message: string; readonly startedAt?: Date; readonly node?: string }
  | {
      readonly phase: "ended";
      readonly end: End;
      /** The engine is about to run it again, because someone other than shipbell told it to. */
      readonly runsAgain?: true;
      /** Absent where it had no process. `unknown`: it had one, and the engine does not know since when. */
      readonly startedAt?: Date | "unknown";
      readonly finishedAt?: Date;
      readonly node?: string;
      readonly image?: ImageUsed;
    }
  /** Its process has ended; finding out how may take a while. */
  | { readonly phase: "ending" }
  /** The engine answers, but not about this object: its state cannot be known. */
  | { readonly phase: "unclear"; readonly trouble: EngineTrouble };

/** How an object ended, according to the engine. */
export type End =
  /** `message`: why it failed, where the exit code stands for something that is no process. */
  | { readonly kind: "exited"; readonly exitCode: number; readonly oom: boolean | "unknown"; readonly message?: string }
  | Rejection
  /** Its node is gone for good; whether the process has ended cannot be known. */
  | { readonly kind: "node-down"; readonly message: string }
  /** The engine stopped it for reasons of its own, for example because its node was drained. */
  | { readonly kind: "shut-down"; readonly message: string; readonly exitCode?: number }
  /** It has ended, but the engine cannot say how. */
  | { readonly kind: "exit-unknown"; readonly message: string };

/** The engine will not run this object; `message` is in its own words. */
export interface Rejection {
  readonly kind: "rejected";
  readonly reason: RejectReason;
  readonly message: string;
}

/** `objectName` differs from the ordered one if an inert object of another definition has that name. */
export type Prepared =
  | { readonly kind: "prepared"; readonly objectId: string; readonly objectName: string }
  | { readonly kind: "image-missing"; readonly image: string; readonly message: string }
  | NotReady
  | Rejection;

/** What the attempt is to run in is not there now, but may be later. `message` says what is missing. */
export interface NotReady {
  readonly kind: "not-ready";
  readonly reason: "container-not-running";
  readonly message: string;
}

export type Pulled = { readonly kind: "pulled" } | Rejection;
export type Activated = { readonly kind: "activated" } | Rejection;

/** The engine gave no clear answer. The request may have been carried out: the caller looks again. */
export abstract class EngineError extends Error {}

/**
 * The engine cannot be used at all: the connection to it fails, it does not answer `/_ping`, or it is a manager of a
 * Swarm without a leader. Only then is the engine down.
 */
export class EngineUnavailable extends EngineError {
  override readonly name = "EngineUnavailable";
}

/**
 * One request failed: the answer says nothing about the object, or there was no answer in time from an engine that
 * answers other requests. It says nothing about the engine or about other objects.
 */
export class EngineTrouble extends EngineError {
  override readonly name = "EngineTrouble";
  /** Equal for troubles with the same cause, whichever object they concern. */
  readonly signature: string;
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;

  constructor(message: string, { signature = message, status, ...options }: TroubleOptions = {}) {
    super(message, options);
    this.signature = signature;
    this.status = status;
  }

  /** Whether something between shipbell and the engine forbids the request, and will do so again. */
  get isForbidden(): boolean {
    return this.status !== undefined && FORBIDDEN.includes(this.status);
  }
}

/** The statuses with which a proxy or an authorization plugin refuses a request. */
const FORBIDDEN: readonly number[] = [401, 403, 407];

/** The end of an attempt that needs a forbidden request. */
export function forbidden({ message }: EngineTrouble): Rejection {
  return { kind: "rejected", reason: "forbidden", message };
}

interface TroubleOptions extends ErrorOptions {
  readonly signature?: string;
  readonly status?: number;
}

/** The engine has no such object, or keeps none of its output: what has not been read cannot be read. */
export class OutputGone extends EngineError {
  override readonly name = "OutputGone";

  constructor(message = "its output is gone with it") {
    super(message);
  }
}

/** A run of a job by Docker's own scheduler (Docker Engine 29.10). */
export interface DockerJobRun {
  readonly container: string;
  /** What the job is in Compose; absent where another program has registered it. The engine calls it `PROJECT.JOB`. */
  readonly compose?: { readonly project: string; readonly job: string };
  readonly startedAt: Date;
}
