import type { Clock } from "../clock.ts";
import { expandEachNode, type KnownNodeJobs, type SwarmNode, wantsNodes } from "./each-node.ts";
import { isSameSnapshot, type Snapshot } from "./snapshot.ts";
import { reason } from "./text-files.ts";

interface NodeFollowerParts {
  /** Lists the nodes of the Swarm; rejects where they cannot be listed now. */
  readonly listNodes: (signal: AbortSignal) => Promise<readonly SwarmNode[]>;
  /** Calls `wake` whenever that list may have changed. */
  readonly watchNodes: (wake: () => void, signal: AbortSignal) => void;
  /** What records say of jobs that were made for nodes. */
  readonly known: () => KnownNodeJobs;
  readonly clock: Clock;
  /** Called with what is declared once the nodes are others, or the job of one has to go. */
  readonly onChange: (snapshot: Snapshot) => void;
}

/** Changes come in bursts: this is how long the first one waits for the others. */
const SETTLE_MS = 200;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;
/** The other jobs do not wait longer for the first list. */
const FIRST_LIST_MS = 5000;

/**
 * Makes jobs for nodes of those that are declared for each node, and makes them again when nodes come and go, until `signal`
 * is aborted. While no such job is declared, nothing is asked or watched. When the nodes cannot be listed, those known last
 * stay, and they are asked for again after 1 s, 2 s, 4 s, … at most 15 s.
 */
export class NodeFollower {
  readonly #parts: NodeFollowerParts;
  readonly #signal: AbortSignal;
  #declared: Snapshot | undefined;
  #expanded: Snapshot | undefined;
  #nodes: readonly SwarmNode[] | { readonly unreadable: string } = { unreadable: "the engine has not answered yet" };
  /** Aborted when no job is declared for each node any longer. */
  #following: AbortController | undefined;
  #wake: () => void = () => {};
  #endTimer: () => void = () => {};

  constructor(parts: NodeFollowerParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#stop());
  }

  /** Returns what is declared, with the jobs for nodes. Waits for the first list of nodes, but not for long. Never rejects. */
  async take(declared: Snapshot): Promise<Snapshot> {
    this.#declared = declared;
    if (!wantsNodes(declared) || this.#signal.aborted) {
      this.#stop();
      this.#expanded = declared;
      return declared;
    }
    if (this.#following === undefined) await this.#start();
    return this.#expand(this.#declared);
  }

  async #start(): Promise<void> {
    const { watchNodes, clock } = this.#parts;
    const following = new AbortController();
    this.#following = following;
    let isAwaited = true;
    const first = Promise.withResolvers<void>();
    watchNodes(() => this.#wake(), following.signal);
    void this.#follow(following.signal, () => (isAwaited ? first.resolve() : this.#tell()));
    const clear = clock.after(FIRST_LIST_MS, () => first.resolve());
    await first.promise;
    isAwaited = false;
    clear();
  }

  /** One list after the other, one for each wake or burst of wakes. */
  async #follow(signal: AbortSignal, onAnswer: () => void): Promise<void> {
    const { clock } = this.#parts;
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      const woken = Promise.withResolvers<void>();
      this.#wake = () => woken.resolve();
      const isListed = await this.#list(signal);
      onAnswer();
      if (signal.aborted) return;
      if (isListed) {
        retryMs = FIRST_RETRY_MS;
        await woken.promise;
        await clock.wait(SETTLE_MS, signal);
      } else {
        await clock.wait(retryMs, signal);
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<boolean> {
    try {
      this.#nodes = await this.#parts.listNodes(signal);
      return true;
    } catch (error) {
      if ("unreadable" in this.#nodes) this.#nodes = { unreadable: reason(error) };
      return false;
    }
  }

  #tell(): void {
    const before = this.#expanded;
    if (this.#declared === undefined || before === undefined || this.#signal.aborted) return;
    const after = this.#expand(this.#declared);
    if (!isSameSnapshot(before, after)) this.#parts.onChange(after);
  }

  #expand(declared: Snapshot): Snapshot {
    const { clock, known } = this.#parts;
    const now = clock.now();
    const { snapshot, nextGoesAt } = expandEachNode(declared, {
      nodes: this.#nodes,
      known: this.#knownNow(known()),
      now,
    });
    this.#endTimer();
    this.#endTimer = () => {};
    if (nextGoesAt !== undefined)
      this.#endTimer = clock.after(Math.max(nextGoesAt.getTime() - now.getTime(), 0), () => this.#tell());
    this.#expanded = snapshot;
    return snapshot;
  }

  /** With the jobs that were made last: their records may not say so yet. */
  #knownNow(known: KnownNodeJobs): KnownNodeJobs {
    const now = new Map(known);
    for (const [job, { node }] of this.#expanded?.jobs ?? []) {
      if (node === undefined) continue;
      const { of, id, name, away } = node;
      const awaySince = now.get(job)?.awaySince ?? away?.since;
      now.set(job, { of, id, name, ...(away && awaySince && { awaySince }) });
    }
    return now;
  }

  #stop(): void {
    this.#following?.abort();
    this.#following = undefined;
    this.#wake();
    this.#endTimer();
    this.#endTimer = () => {};
  }
}
