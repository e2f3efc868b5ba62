import { createHash } from "node:crypto";
import { LARGEST_RECORD_BYTES } from "../../../ledger/fit-record.ts";
import type { JobRecord } from "../../../ledger/record.ts";
import { type ReadRecord, readRecord, writeRecord } from "../../../ledger/record-json.ts";
import { type Labels, RUN_LABELS } from "../../docker/specs/run-labels.ts";
import type { SwarmConfig } from "./config-calls.ts";
import { type Known, NONCE_LABEL, type Standing } from "./swap.ts";

/** The longest name that Swarm allows for a config. */
const LONGEST = 64;
/** In hexadecimal digits: 128 bits, so that two different things never share a hash. */
const HASH = 32;
/** Stands between the readable part and the hash. No other name of ours contains it. */
const MARK = "..";
const READABLE = LONGEST - MARK.length - HASH;

/**
 * The name of the config that keeps a job's record: `shipbell-backup`. Two different pairs of instance and job never
 * have the same one:
 * - `<instance>-<job>` only where the instance has no `-`, so that its first `-` ends the instance, and where it has
 *   no `..` either;
 * - everything else (an instance with `-`; too long; an end that Swarm does not allow) is cut, and ends with `..` and
 *   a hash of the pair.
 */
export function recordConfigName(instance: string, job: string): string {
  const plain = `${instance}-${job}`;
  const isUnambiguous = !instance.includes("-") && !plain.includes(MARK) && plain.length <= LONGEST;
  return isUnambiguous && /[a-z0-9]$/.test(plain) ? plain : hashedName(plain, ["page", instance, job]);
}

/** The name of the config that counts the instance's generations. Never a record's. */
export function counterConfigName(instance: string): string {
  return hashedName(`${instance}-generation`, ["generation", instance]);
}

/** The name of the config that keeps the record of the instance. Never a job's. */
export function instanceConfigName(instance: string): string {
  return hashedName(`${instance}-instance`, ["instance", instance]);
}

/** The name of the config that keeps the record of a pool. Never a job's. */
export function poolConfigName(instance: string, pool: string): string {
  return hashedName(`${instance}-pool-${pool}`, ["pool", instance, pool]);
}

/** The name of the config that keeps the text of a damaged record: the same for the same text. Never a record's. */
export function damagedConfigName(instance: string, job: string, text: string): string {
  return hashedName(`${instance}-${job}`, ["damaged", instance, job, text]);
}

/** False only for names that no config of this instance can have. */
export function mayBelongTo(instance: string, name: string): boolean {
  return name.startsWith(`${instance}-`.slice(0, READABLE));
}

function hashedName(readable: string, hashed: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify(hashed)).digest("hex").slice(0, HASH);
  return `${readable.slice(0, READABLE)}${MARK}${hash}`;
}

/** Which of these labels a config of ours has tells what it keeps. */
export const LEDGER_LABELS = {
  record: "shipbell.page",
  generation: "shipbell.generation",
  instance: "shipbell.instance-record",
  pool: "shipbell.pool-record",
  poolName: "shipbell.pool-name",
  damagedRecord: "shipbell.damaged-page",
} as const;

/** What a record's config holds. `unkept`: it is damaged, and its text could not be set aside yet. */
export type RecordSeen = ReadRecord | { readonly kind: "unkept"; readonly message: string };

/** Returns the job whose record the config keeps; undefined when it is not a record of this instance. */
export function jobOfRecord(
  instance: string,
  { name, labels }: Pick<SwarmConfig, "name" | "labels">,
): string | undefined {
  const { [RUN_LABELS.instance]: owner, [RUN_LABELS.job]: job, [LEDGER_LABELS.record]: text } = labels;
  if (owner !== instance || job === undefined || text === undefined) return undefined;
  return recordConfigName(instance, job) === name ? job : undefined;
}

/** Whether the config keeps the text of a damaged record of this instance. */
export function isSetAside(instance: string, { name, labels }: Pick<SwarmConfig, "name" | "labels">): boolean {
  const { [RUN_LABELS.job]: job, [LEDGER_LABELS.damagedRecord]: text } = labels;
  return job !== undefined && text !== undefined && name === damagedConfigName(instance, job, text);
}

/** Reads the record in a config. Returns the known object if the record is unchanged. */
export function readRecordConfig(config: SwarmConfig, known: Known<RecordSeen> | undefined): Standing<RecordSeen> {
  const { id, version, data, labels } = config;
  const text = labels[LEDGER_LABELS.record] ?? "";
  const isKnown = known?.id === id && (known.version === version || isText(known.value, text));
  return { id, version, data, nonce: labels[NONCE_LABEL], value: isKnown ? known.value : readRecord(text) };
}

function isText(seen: RecordSeen, text: string): boolean {
  return seen.kind === "record" && writeRecord(seen.record) === text;
}

/** The labels of a record, except for the writer's nonce. @throws Error when the record is too large. */
export function labelsOfRecord(
  { instance, write = writeRecord }: { readonly instance: string; readonly write?: (record: JobRecord) => string },
  job: string,
  record: JobRecord,
): Labels {
  const text = write(record);
  if (sizeOf(text) > LARGEST_RECORD_BYTES)
    throw new Error(`the record of ${job} has ${sizeOf(text)} bytes, and at most ${LARGEST_RECORD_BYTES} are allowed`);
  return { [RUN_LABELS.instance]: instance, [RUN_LABELS.job]: job, [LEDGER_LABELS.record]: text };
}

function sizeOf(text: string): number {
  return Buffer.byteLength(text);
}
