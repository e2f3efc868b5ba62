import type { Clock } from "../../../clock.ts";
import type { Docker } from "../../docker/connect.ts";
import type { DockerEvents } from "../../docker/docker-events.ts";
import { type Labels, RUN_LABELS } from "../../docker/specs/run-labels.ts";
import { findConfig, type SwarmConfig } from "./config-calls.ts";
import { setAside } from "./set-aside.ts";
import { type Known, NONCE_LABEL, type Place, type Standing, swapConfig } from "./swap.ts";

export interface SharedConfigParts {
  readonly docker: Docker;
  readonly events: DockerEvents;
  readonly instance: string;
  readonly clock: Clock;
}

/** How a record that is not a job's stands in a config. */
interface SharedForm<Value, Read extends { readonly kind: string }> {
  readonly name: string;
  /** The label with its text. */
  readonly label: string;
  /** Labels next to that one, by which the config is known. */
  readonly labels: Labels;
  /** What it is, for people: `the record of instance shipbell`. */
  readonly words: string;
  readonly read: (text: string) => Read;
  /** The record as changes are given it. @throws Error where it must not be used. */
  readonly usable: (read: Read | undefined) => Value | undefined;
  /** @throws Error when the record may be read, and not written here. */
  readonly requireWritable?: (value: Value | undefined) => void;
  readonly write: (value: Value) => string;
  readonly made: (value: Value) => Read;
}

/** As `Swap` of `ledger/ledger.ts`, of such a record. */
type SharedSwap<Value> =
  | { readonly result: "won"; readonly value: Value }
  | { readonly result: "lost"; readonly value: Value | undefined }
  | { readonly result: "unknown" };

/** Changes of records are made in view of what was read at most so long ago. */
const RECENT_MS = 1000;
const RETRY_INTERVAL_MS = 1000;

/**
 * A record that is no job's, in a config of its own: that of the instance, or of a pool. It is read when it has changed, and
 * again before a change that is to be made in view of it if the last look was more than a second ago: events may be lost, and
 * a scheduler may have stood still.
 */
export class SharedConfig<Value, Read extends { readonly kind: string; readonly message?: string }> {
  readonly #form: SharedForm<Value, Read>;
  readonly #parts: SharedConfigParts;
  readonly #listeners = new Set<() => void>();
  #known: Known<Read> | undefined;
  /** When the last look began. */
  #lookedAt: number | undefined;
  #ownNonce: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: SharedConfigParts, form: SharedForm<Value, Read>) {
    this.#parts = parts;
    this.#form = form;
  }

  get name(): string {
    return this.#form.name;
  }

  /** As it was known last; one that is damaged counts as none. */
  get known(): Value | undefined {
    return this.#form.usable(this.#known?.value);
  }

  /** @throws EngineError */
  async read(): Promise<Value | undefined> {
    await this.#inTurn(() => this.#look());
    return this.known;
  }

  /** Looks, unless that was done within the last second. @throws EngineError */
  async refresh(): Promise<void> {
    if (this.#isRecent()) return;
    await this.#inTurn(async () => {
      if (!this.#isRecent()) await this.#look();
    });
  }

  update(change: (value: Value | undefined) => Value | undefined): Promise<SharedSwap<Value>> {
    const { usable, requireWritable, made } = this.#form;
    return this.#inTurn(async () => {
      const { value } = this.#known ?? {};
      if (value === undefined || value.kind === "damaged") await this.#setAsideDamaged();
      const changeRead = (read: Read | undefined): Read | undefined => {
        const current = usable(read);
        const next = change(current);
        if (next !== undefined) requireWritable?.(current);
        return next && made(next);
      };
      const swap = await swapConfig(this.#place(), this.#known, changeRead, this.#parts);
      if (swap.result === "unknown") {
        this.#ownNonce = undefined;
        this.#known = undefined;
        this.#lookedAt = undefined;
        return swap;
      }
      this.#known = swap.standing;
      const known = this.known;
      return swap.result === "won" && known !== undefined
        ? { result: "won", value: known }
        : { result: "lost", value: known };
    });
  }

  watch(wake: () => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    const { events, clock } = this.#parts;
    this.#listeners.add(wake);
    signal.addEventListener("abort", () => this.#listeners.delete(wake), { once: true });
    let isReading = false;
    let isAsked = false;
    const look = async () => {
      isAsked = true;
      if (isReading) return;
      isReading = true;
      while (isAsked && !signal.aborted) {
        isAsked = false;
        try {
          await this.#inTurn(() => this.#look());
        } catch {
          // That the engine is away is noticed by those who ask it.
          isAsked = true;
          await clock.wait(RETRY_INTERVAL_MS, signal);
        }
      }
      isReading = false;
    };
    const onGap = () => void look();
    const onEvent = ({ type, attributes }: { type: string; attributes: { readonly name?: string } }) => {
      if (type === "config" && attributes.name === this.name) void look();
    };
    events.listen({ onEvent, onGap }, signal);
  }

  #isRecent(): boolean {
    if (this.#lookedAt === undefined) return false;
    const ageMs = this.#parts.clock.now().getTime() - this.#lookedAt;
    return ageMs >= 0 && ageMs <= RECENT_MS;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Reads the config, and tells listeners if another process has changed it. */
  async #look(): Promise<Standing<Read> | undefined> {
    const beganAt = this.#parts.clock.now().getTime();
    const config = await this.#find();
    const standing = config && this.#standingOf(config);
    const isNews = this.#isNews(standing);
    this.#known = standing;
    this.#lookedAt = beganAt;
    if (isNews) for (const wake of this.#listeners) wake();
    return standing;
  }

  #isNews(read: Standing<Read> | undefined): boolean {
    const known = this.#known;
    if (read?.id !== known?.id) return read?.nonce === undefined || read.nonce !== this.#ownNonce;
    // Someone may have edited it, and left our nonce on it.
    const isEdited = known?.version !== undefined && known.version !== read?.version;
    return read?.nonce !== known?.nonce ? read?.nonce !== this.#ownNonce : isEdited;
  }

  #standingOf({ id, version, data, labels }: SwarmConfig): Standing<Read> {
    return { id, version, data, nonce: labels[NONCE_LABEL], value: this.#form.read(labels[this.#form.label] ?? "") };
  }

  /** @throws Error when something else has the name. */
  async #find(): Promise<SwarmConfig | undefined> {
    const { words, label } = this.#form;
    const config = await findConfig(this.#parts.docker, this.name, this.#known?.id);
    const isOurs = Object.entries(this.#labels()).every(([key, value]) => config?.labels[key] === value);
    if (config === undefined || (isOurs && config.labels[label] !== undefined)) return config;
    throw new Error(`config ${this.name} is not ${words}, whose name this is`);
  }

  async #setAsideDamaged(): Promise<void> {
    const config = await this.#find();
    const read = config && this.#standingOf(config).value;
    if (config === undefined || read?.kind !== "damaged") return;
    const text = config.labels[this.#form.label] ?? "";
    await setAside(this.#parts, { job: "", text, fault: read.message ?? "damaged" });
  }

  #labels(): Labels {
    return { [RUN_LABELS.instance]: this.#parts.instance, ...this.#form.labels };
  }

  #place(): Place<Read> {
    const { label, usable, write } = this.#form;
    return {
      name: this.name,
      look: () => this.#look(),
      labelsOf: (read) => {
        const value = usable(read);
        return { ...this.#labels(), [label]: value === undefined ? "" : write(value) };
      },
      onNonce: (nonce) => {
        this.#ownNonce = nonce;
      },
    };
  }
}
