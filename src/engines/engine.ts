import type { ObjectKind, Template } from "../job/job.ts";
import type { ImageUsed, RejectReason, Trigger } from "../ledger/record.ts";
import type { LogOptions, OutputLine } from "./output.ts";

export type { LogOptions, OutputGate, OutputLine, OutputPosition } from "./output.ts";

/**
 * What carries attempts: the containers of one Docker Engine, or the services of a Swarm.
 *
 * What every implementation guarantees (`test/contracts/engine.contract.ts`):
 * - It touches only objects that carry our labels and this instance's name.
 * - A promise that is rejected with an `EngineError` says nothing about whether the request was carried out: look
 *   again. What the engine said *of the object* is a value, never an exception.
 * - It rejects with `EngineUnavailable` only where the engine is down for everything, and otherwise with
 *   `EngineTrouble`: an answer about one object says nothing about the engine or about other objects.
 * - Every call comes to an end: it has a deadline of its own, and gives up sooner when `signal` is aborted.
 */
export interface Engine extends Abilities {
  /** Whether the output of this object can be read as long as the object is kept; of others the record keeps the last lines. */
  keepsOutput(objectId: string): boolean;

  /**
   * Reaches the engine, and settles with it how to speak (the API version). This alone decides whether the engine is
   * up: it rejects with `EngineUnavailable`, and with nothing else.
   */
  greet(): Promise<EngineVersion>;

  /** All objects of this instance, in whatever state. */
  list(): Promise<readonly OwnObject[]>;

  /**
   * How these objects are now. An object that is not in the answer does not exist; trouble with one of them is its own
   * state (`unclear`), and leaves the others as they are.
   */
  look(objectIds: readonly string[]): Promise<ReadonlyMap<string, ObjectState>>;

  /**
   * Makes the attempt's object, inert: nothing runs until `activate`. Repeating it is safe: an object of that name
   * that is surely this attempt's with this definition is used as it is. Another one of ours gives way: it is removed,
   * or, where another scheduler may be about to bind it, left alone and this one gets another name. Anything else is
   * `name-taken`.
   */
  prepare(order: AttemptOrder): Promise<Prepared>;

  /** Brings an image that `prepare` found missing. Takes as long as it takes; ends when `signal` is aborted. */
  pull(image: string, signal: AbortSignal, platform?: string): Promise<Pulled>;

  /**
   * Lets the object run. Only ever called for an object that a record binds, and once: after an unclear answer it is
   * `activateAgain`. For containers the caller holds the instance's lock (an exited container would run again).
   */
  activate(object: ObjectName): Promise<Activated>;

  /**
   * Lets an object run that was seen inert for 2 s after a request of which nobody knows what became. It is fenced: if
   * that request is still on its way, and comes when the object has long run and ended, it finds no such object.
   */
  activateAgain(objectId: string): Promise<Activated>;

  /** Stop signal, then, after `gracePeriodMs`, kill. Resolves when the process has ended or the engine gave up. */
  stop(objectId: string, gracePeriodMs: number): Promise<void>;

  /**
   * Removes an object that must not start. It keeps one whose process runs, or has run: the caller looks again. When it
   * has resolved and the object is gone, the object never ran, and no request to start it that comes later runs it.
   */
  withdraw(objectId: string): Promise<void>;

  /** Removes the object, by force if it runs. An object that is not there any more is no error. */
  remove(objectId: string): Promise<void>;

  /**
   * What the process prints, line by line as it prints it, from the object's start (at most the last `tail` lines
   * of what is there already, only those behind `after`). Ends when the process has ended or `signal` is aborted.
   * Throws an `EngineError` when the stream breaks, and `OutputGone` when the object is gone before its output was
   * read to the end: an output that ends without an error was read whole, if the process has ended.
   */
  logs(objectId: string, options: LogOptions, signal: AbortSignal): AsyncIterable<OutputLine>;

  /**
   * Calls `wake` with a job's name whenever an object of it may have changed, without a name where it cannot tell.
   * A hint, not a truth: wakes may be lost or come for nothing. Ends when `signal` is aborted.
   */
  watch(wake: (job?: string) => void, signal: AbortSignal): void;
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
    | "activate"
    | "activateAgain"
    | "stop"
    | "withdraw"
    | "remove"
    | "logs"
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
  /** The job's hash. */
  readonly definition: string;
  readonly template: Template;
  /** Over the template's variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** From the stop signal to the kill, for engines that want to know it beforehand. */
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
  readonly definition: string;
  /** True when it was never activated. */
  readonly inert: boolean;
  /** True while its process runs. */
  readonly running: boolean;
}

/** How an object is now. Times are the engine's. */
export type ObjectState =
  | { readonly phase: "inert" }
  /** Activated, and not seen to run yet; `detail` is what the engine says of it. `mayRun`: a node has it, and may not have told. */
  | { readonly phase: "pending"; readonly detail?: string; readonly mayRun?: true }
  /** `isUnheard`: no wake will come when it ends. */
  | { readonly phase: "running"; readonly startedAt: Date; readonly node?: string; readonly isUnheard?: true }
  /** The node that it is on is down: nobody can say whether its process runs, or what became of it. It may come back. */
  | { readonly phase: "unreachable"; readonly message: string; readonly startedAt?: Date; readonly node?: string }
  | {
      readonly phase: "ended";
      readonly end: End;
      /** The engine is about to run it again: somebody has told it to, who was not shipbell. */
      readonly runsAgain?: true;
      readonly startedAt?: Date;
      readonly finishedAt?: Date;
      readonly node?: string;
      readonly image?: ImageUsed;
    }
  /** Its process has ended; how is being found out, which may take a while. */
  | { readonly phase: "ending" }
  /** The engine answers, and not about this object: how it is cannot be known. */
  | { readonly phase: "unclear"; readonly trouble: EngineTrouble };

/** How the engine says that an object ended. */
export type End =
  | { readonly kind: "exited"; readonly exitCode: number; readonly oom: boolean | "unknown" }
  | Rejection
  /** The node that it ran on is gone for good; nobody can say whether the process is. */
  | { readonly kind: "node-down"; readonly message: string }
  /** The engine stopped it for reasons of its own: its node was drained, say. */
  | { readonly kind: "shut-down"; readonly message: string; readonly exitCode?: number }
  /** It has ended, and the engine cannot say how. */
  | { readonly kind: "exit-unknown"; readonly message: string };

/** The engine will not run this object; `message` is in its own words. */
export interface Rejection {
  readonly kind: "rejected";
  readonly reason: RejectReason;
  readonly message: string;
}

/** `objectName` is another than was ordered where an inert object of another definition has that one. */
export type Prepared =
  | { readonly kind: "prepared"; readonly objectId: string; readonly objectName: string }
  | { readonly kind: "image-missing"; readonly image: string; readonly message: string }
  | NotReady
  | Rejection;

/** What the attempt is to run in is not there now, and may be later. `message` says what is the matter. */
export interface NotReady {
  readonly kind: "not-ready";
  readonly reason: "container-not-running";
  readonly message: string;
}

export type Pulled = { readonly kind: "pulled" } | Rejection;
export type Activated = { readonly kind: "activated" } | Rejection;

/**
 * The engine gave no clear answer. Nothing is known of what became of the request: it may have been carried out, and
 * the caller looks again.
 */
export abstract class EngineError extends Error {}

/**
 * The engine cannot be used for anything: the connection to it fails, it does not answer `/_ping`, or it is a manager
 * of a Swarm without a leader. Only this is an engine that is down.
 */
export class EngineUnavailable extends EngineError {
  override readonly name = "EngineUnavailable";
}

/**
 * One request came to nothing: an answer that says nothing of the object, or no answer in time from an engine that
 * answers others. It says nothing about the engine, nor about any other object.
 */
export class EngineTrouble extends EngineError {
  override readonly name = "EngineTrouble";
  /** Equal for troubles with the same cause, whatever the name of the object that they met. */
  readonly signature: string;
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;

  constructor(message: string, { signature = message, status, ...options }: TroubleOptions = {}) {
    super(message, options);
    this.signature = signature;
    this.status = status;
  }

  /** Whether it is what is between us and the engine that forbids the request: it will tomorrow, too. */
  get isForbidden(): boolean {
    return this.status !== undefined && FORBIDDEN.includes(this.status);
  }
}

/** The statuses of what a proxy or an authorization plugin does not let through. */
const FORBIDDEN: readonly number[] = [401, 403, 407];

/** How an attempt ends that needs a request which is forbidden. */
export function forbidden({ message }: EngineTrouble): Rejection {
  return { kind: "rejected", reason: "forbidden", message };
}

interface TroubleOptions extends ErrorOptions {
  readonly signature?: string;
  readonly status?: number;
}

/** The engine has no such object, or keeps nothing of what it printed: what was not read by now cannot be read. */
export class OutputGone extends EngineError {
  override readonly name = "OutputGone";

  constructor(message = "its output is gone with it") {
    super(message);
  }
}
