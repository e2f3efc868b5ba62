import { randomBytes } from "node:crypto";
import type { Clock } from "../../../clock.ts";
import type { Docker } from "../../docker/connect.ts";
import type { Labels } from "../../docker/specs/run-labels.ts";
import { EngineError } from "../../engine.ts";
import { createConfig, DATA_FOR_PEOPLE, relabelConfig, type Written } from "./config-calls.ts";

/** A value as it was read from its config. */
export interface Standing<T> {
  readonly id: string;
  readonly version: number;
  /** Unique to the write that made this version. */
  readonly nonce: string | undefined;
  readonly data: string;
  readonly value: T;
}

/** A value that was read, or that was written and not read since: the engine does not return the new version. */
export type Known<T> = Omit<Standing<T>, "version"> & { readonly version: number | undefined };

/** A config that keeps one value. */
export interface Place<T> {
  readonly name: string;
  /** Reads it; undefined when there is no such config. Throws when the config holds something else. */
  look(): Promise<Standing<T> | undefined>;
  labelsOf(value: T): Labels;
  /** Called with each nonce before it is written. */
  onNonce?(nonce: string): void;
}

/** As `Swap` of `ledger/ledger.ts` has it. */
type ConfigSwap<T> =
  | { readonly result: "won"; readonly standing: Known<T> }
  | { readonly result: "lost"; readonly standing: Standing<T> | undefined }
  | { readonly result: "unknown" };

interface SwapParts {
  readonly docker: Docker;
  readonly clock: Clock;
}

export const NONCE_LABEL = "shipbell.nonce";

/** Waits between tries that changed nothing and got no clear answer. A Swarm elects a leader within this time. */
const WAITS_MS = [50, 200, 500, 1000, 2000, 4000];
/** After this time there are no more tries, however slow the answers are. */
const PATIENCE_MS = 20_000;

/**
 * Compare-and-swap of the value in a config. The first writer wins; the others compute their changes again on the value
 * that then stands there. What an error says decides nothing: after anything but a clear answer the config is read
 * again.
 *
 * `known` may be outdated; if it is not, it saves a request.
 *
 * @throws EngineError when nothing could be read before the first try; an Error when the engine refuses the value
 * itself, or when something else has the config's name.
 */
export async function swapConfig<T>(
  place: Place<T>,
  known: Known<T> | undefined,
  change: (current: T | undefined) => T | undefined,
  parts: SwapParts,
): Promise<ConfigSwap<T>> {
  let isFresh = !hasVersion(known);
  let seen = hasVersion(known) ? known : await place.look();
  for (;;) {
    const next = change(seen?.value);
    if (next === undefined && isFresh) return { result: "lost", standing: seen };
    if (next === undefined) seen = await place.look();
    else {
      const tried = await tryToWrite(place, seen, next, parts);
      if (tried.result !== "moved") return tried;
      seen = tried.standing;
    }
    isFresh = true;
  }
}

function hasVersion<T>(known: Known<T> | undefined): known is Standing<T> {
  return known?.version !== undefined;
}

type Tried<T> =
  | Exclude<ConfigSwap<T>, { result: "lost" }>
  | { readonly result: "moved"; readonly standing: Standing<T> | undefined };

/**
 * Replaces the value that was seen, until it is clear what became of it. Repeating is safe: a version is replaced once.
 */
async function tryToWrite<T>(
  place: Place<T>,
  seen: Standing<T> | undefined,
  value: T,
  { docker, clock }: SwapParts,
): Promise<Tried<T>> {
  const nonce = randomBytes(8).toString("hex");
  place.onNonce?.(nonce);
  const labels = { ...place.labelsOf(value), [NONCE_LABEL]: nonce };
  const givesUpAt = clock.now().getTime() + PATIENCE_MS;
  for (let tries = 0; ; tries++) {
    const written = await write(docker, place.name, seen, labels);
    if (written.isClear) {
      const data = seen?.data ?? DATA_FOR_PEOPLE;
      return { result: "won", standing: { id: written.id, version: undefined, nonce, data, value } };
    }
    const now = await lookIfPossible(place);
    if (now !== "unavailable") {
      if (now?.nonce === nonce) return { result: "won", standing: { ...now, value } };
      if (now?.id !== seen?.id || now?.version !== seen?.version) return { result: "moved", standing: now };
    }
    const waitMs = WAITS_MS[tries];
    if (waitMs === undefined || clock.now().getTime() >= givesUpAt) return giveUp(place.name, written.refusal);
    await clock.wait(waitMs, new AbortController().signal);
  }
}

function write<T>(docker: Docker, name: string, seen: Standing<T> | undefined, labels: Labels): Promise<Written> {
  return seen === undefined ? createConfig(docker, name, labels) : relabelConfig(docker, { ...seen, name }, labels);
}

async function lookIfPossible<T>(place: Place<T>): Promise<Standing<T> | undefined | "unavailable"> {
  try {
    return await place.look();
  } catch (error) {
    if (error instanceof EngineError) return "unavailable";
    throw error;
  }
}

function giveUp(name: string, refusal: string | undefined): { readonly result: "unknown" } {
  if (refusal === undefined) return { result: "unknown" };
  throw new Error(`the engine refuses to write config ${name}: ${refusal}`);
}
