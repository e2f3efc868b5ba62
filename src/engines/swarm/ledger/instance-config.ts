import type { Clock } from "../../../clock.ts";
import {
  type ReadInstance,
  readInstance,
  requireWritable,
  usableInstance,
  writeInstance,
} from "../../../ledger/instance-json.ts";
import type { InstanceChange, InstanceSwap } from "../../../ledger/ledger.ts";
import type { InstanceRecord } from "../../../ledger/record.ts";
import type { Docker } from "../../docker/connect.ts";
import type { DockerEvents } from "../../docker/docker-events.ts";
import { RUN_LABELS } from "../../docker/specs/run-labels.ts";
import { findConfig, type SwarmConfig } from "./config-calls.ts";
import { instanceConfigName, LEDGER_LABELS } from "./ledger-configs.ts";
import { setAside } from "./set-aside.ts";
import { type Known, NONCE_LABEL, type Place, type Standing, swapConfig } from "./swap.ts";

interface InstanceConfigParts {
  readonly docker: Docker;
  readonly events: DockerEvents;
  readonly instance: string;
  readonly clock: Clock;
}

/** Changes of records are made in view of what was read at most so long ago. */
const RECENT_MS = 1000;
const RETRY_INTERVAL_MS = 1000;

/**
 * The record of the instance, in a config of its own. It is read when it has changed, and again before a change that is to be
 * made in view of it if the last look was more than a second ago: events may be lost, and a scheduler may have stood still.
 */
export class InstanceConfig {
  readonly name: string;
  readonly #parts: InstanceConfigParts;
  readonly #listeners = new Set<() => void>();
  #known: Known<ReadInstance> | undefined;
  /** When the last look began. */
  #lookedAt: number | undefined;
  #ownNonce: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: InstanceConfigParts) {
    this.#parts = parts;
    this.name = instanceConfigName(parts.instance);
  }

  /** As it was known last; one that is damaged counts as none. */
  get known(): InstanceRecord | undefined {
    return usableInstance(this.#known?.value);
  }

  /** @throws EngineError */
  async read(): Promise<InstanceRecord | undefined> {
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

  update(change: InstanceChange): Promise<InstanceSwap> {
    return this.#inTurn(async () => {
      const { value } = this.#known ?? {};
      if (value === undefined || value.kind === "damaged") await this.#setAsideDamaged();
      const changeRead = (read: ReadInstance | undefined): ReadInstance | undefined => {
        const current = usableInstance(read);
        const next = change(current);
        if (next !== undefined) requireWritable(current);
        return next && { kind: "instance", instance: next };
      };
      const swap = await swapConfig(this.#place(), this.#known, changeRead, this.#parts);
      if (swap.result === "unknown") {
        this.#ownNonce = undefined;
        this.#known = undefined;
        this.#lookedAt = undefined;
        return swap;
      }
      this.#known = swap.standing;
      const instance = this.known;
      return swap.result === "won" && instance !== undefined
        ? { result: "won", instance }
        : { result: "lost", instance };
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
  async #look(): Promise<Standing<ReadInstance> | undefined> {
    const beganAt = this.#parts.clock.now().getTime();
    const config = await this.#find();
    const standing = config && standingOf(config);
    const isNews = this.#isNews(standing);
    this.#known = standing;
    this.#lookedAt = beganAt;
    if (isNews) for (const wake of this.#listeners) wake();
    return standing;
  }

  #isNews(read: Standing<ReadInstance> | undefined): boolean {
    const known = this.#known;
    if (read?.id !== known?.id) return read?.nonce === undefined || read.nonce !== this.#ownNonce;
    // Someone may have edited it, and left our nonce on it.
    const isEdited = known?.version !== undefined && known.version !== read?.version;
    return read?.nonce !== known?.nonce ? read?.nonce !== this.#ownNonce : isEdited;
  }

  /** @throws Error when something else has the name. */
  async #find(): Promise<SwarmConfig | undefined> {
    const { docker, instance } = this.#parts;
    const config = await findConfig(docker, this.name, this.#known?.id);
    if (config === undefined || isInstanceConfig(instance, config)) return config;
    throw new Error(`config ${this.name} is not the record of instance ${instance}, whose name this is`);
  }

  async #setAsideDamaged(): Promise<void> {
    const config = await this.#find();
    const read = config && standingOf(config).value;
    if (config !== undefined && read?.kind === "damaged")
      await setAside(this.#parts, { job: "", text: textOf(config), fault: read.message });
  }

  #place(): Place<ReadInstance> {
    const { instance } = this.#parts;
    return {
      name: this.name,
      look: () => this.#look(),
      labelsOf: (read) => ({
        [RUN_LABELS.instance]: instance,
        [LEDGER_LABELS.instance]: read.kind === "instance" ? writeInstance(read.instance) : "",
      }),
      onNonce: (nonce) => {
        this.#ownNonce = nonce;
      },
    };
  }
}

/** Whether the config keeps the record of this instance. */
export function isInstanceConfig(instance: string, { name, labels }: SwarmConfig): boolean {
  const isOurs = labels[RUN_LABELS.instance] === instance && labels[LEDGER_LABELS.instance] !== undefined;
  return isOurs && name === instanceConfigName(instance);
}

/** What stands in the config. */
export function readInstanceConfig(config: SwarmConfig): ReadInstance {
  return readInstance(textOf(config));
}

function textOf({ labels }: SwarmConfig): string {
  return labels[LEDGER_LABELS.instance] ?? "";
}

function standingOf(config: SwarmConfig): Standing<ReadInstance> {
  const { id, version, data, labels } = config;
  return { id, version, data, nonce: labels[NONCE_LABEL], value: readInstanceConfig(config) };
}
