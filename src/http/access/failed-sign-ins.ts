import type { Clock } from "../../clock.ts";

/** Of one client, the first failure is told at once, and what follows once a minute. */
const APART_MS = 60_000;
const MOST_PEERS = 1000;

/** A wrong password or token. */
export interface FailedSignIn {
  readonly peer: string;
  /** A user of the file; absent for any other name, which may be a password in the wrong field. */
  readonly name?: string;
  /** How many there were since the last time that one was told. */
  readonly count: number;
}

/** Tells of failed sign-ins without letting clients fill the log. */
export class FailedSignIns {
  readonly #clock: Clock;
  readonly #tell: (failed: FailedSignIn) => void;
  readonly #peers = new Map<string, { readonly toldAt: Date; untold: number }>();

  constructor(clock: Clock, tell: (failed: FailedSignIn) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  note({ peer, name }: Omit<FailedSignIn, "count">): void {
    const known = this.#peers.get(peer);
    const now = this.#clock.now();
    if (known !== undefined && Math.abs(now.getTime() - known.toldAt.getTime()) < APART_MS) {
      known.untold++;
      return;
    }
    if (this.#peers.size >= MOST_PEERS) this.#peers.clear();
    this.#peers.set(peer, { toldAt: now, untold: 0 });
    this.#tell({ peer, ...(name !== undefined && { name }), count: 1 + (known?.untold ?? 0) });
  }
}
