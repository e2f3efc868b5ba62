import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { Fault } from "../fault.ts";
import { isPassword, type PasswordHash } from "./passwords.ts";

/** Browsers send the password with each request. */
const KEPT_MS = 5 * 60_000;
const MOST_KEPT = 1000;
const MOST_AT_ONCE = 2;
const APART_MS = 1000;
/** Of one client. One that tries more at once is guessing. */
const MOST_WAITING = 8;
const MOST_PEERS = 1000;
/** Of all clients together: each holds a password until it is its turn. */
const MOST_QUEUED = 64;

interface Waiting {
  readonly begin: () => void;
  readonly giveUp: () => void;
}

function tooManyTries(): Fault {
  return new Fault("too-many-tries", "Too many passwords were tried. Wait a little.", { "Retry-After": "5" });
}

interface Result {
  readonly isRight: Promise<boolean>;
  readonly since: Date;
}

/** A client whose passwords are checked, one after the other. */
interface Peer {
  waiting: number;
  turn: Promise<void>;
  failedAt?: Date;
}

/**
 * Checks passwords at a pace that leaves a guesser no chance and the machine its work: at most two at once, one of each
 * client, and a second after its last failure. A result is known until it has not been used for five
 * minutes.
 */
export class PasswordChecks {
  readonly #clock: Clock;
  /** What is kept of a password is worth nothing in another process. */
  readonly #key = randomBytes(32);
  readonly #results = new Map<string, Result>();
  readonly #peers = new Map<string, Peer>();
  #running = 0;
  readonly #queue: Waiting[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws Fault `too-many-tries` when this client has too many checks to wait for. */
  isRight(password: string, hash: PasswordHash, address: string): Promise<boolean> {
    const name = this.#nameOf(password, hash);
    const known = this.#results.get(name);
    if (known !== undefined && this.#isFresh(known)) {
      // A person at work does not wait for clients that guess: what is known stays known while it is used.
      this.#keep(name, { ...known, since: this.#clock.now() });
      return known.isRight;
    }
    const peer = this.#peerOf(address);
    if (peer.waiting >= MOST_WAITING) throw tooManyTries();
    const result = { isRight: this.#inTurn(peer, () => isPassword(password, hash)), since: this.#clock.now() };
    this.#keep(name, result);
    result.isRight.catch(() => this.#results.delete(name));
    return result.isRight;
  }

  async #inTurn(peer: Peer, check: () => Promise<boolean>): Promise<boolean> {
    const before = peer.turn;
    const { promise, resolve: done } = Promise.withResolvers<void>();
    peer.turn = promise;
    peer.waiting++;
    try {
      await before;
      await this.#pause(peer);
      const isRight = await this.#withPlace(check);
      if (isRight) delete peer.failedAt;
      else peer.failedAt = this.#clock.now();
      return isRight;
    } finally {
      peer.waiting--;
      done();
    }
  }

  #pause({ failedAt }: Peer): Promise<void> {
    if (failedAt === undefined) return Promise.resolve();
    const sinceMs = this.#clock.now().getTime() - failedAt.getTime();
    // A clock that was set back makes no client wait longer.
    const leftMs = Math.min(APART_MS, APART_MS - sinceMs);
    return leftMs <= 0 ? Promise.resolve() : this.#clock.wait(leftMs, new AbortController().signal);
  }

  async #withPlace(check: () => Promise<boolean>): Promise<boolean> {
    if (this.#running >= MOST_AT_ONCE) await this.#place();
    else this.#running++;
    try {
      return await check();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#running--;
      else next.begin();
    }
  }

  /** Waits for a check to end. Of too many who wait, the first gives up: the others have more time left. */
  #place(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ begin: resolve, giveUp: () => reject(tooManyTries()) });
    if (this.#queue.length > MOST_QUEUED) this.#queue.shift()?.giveUp();
    return promise;
  }

  #nameOf(password: string, { cost, salt, key }: PasswordHash): string {
    const digest = createHmac("sha256", this.#key);
    return digest.update(JSON.stringify([password, cost, salt.toString("hex"), key.toString("hex")])).digest("hex");
  }

  #isFresh({ since }: Result): boolean {
    return Math.abs(this.#clock.now().getTime() - since.getTime()) < KEPT_MS;
  }

  #keep(name: string, result: Result): void {
    this.#results.delete(name);
    dropOldest(this.#results, MOST_KEPT);
    this.#results.set(name, result);
  }

  #peerOf(address: string): Peer {
    const known = this.#peers.get(address);
    const peer = known ?? { waiting: 0, turn: Promise.resolve() };
    this.#peers.delete(address);
    dropOldest(this.#peers, MOST_PEERS);
    this.#peers.set(address, peer);
    return peer;
  }
}

/** Makes room for one more. A Map has the order in which its keys were set. */
function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size < most) return;
    map.delete(oldest);
  }
}
