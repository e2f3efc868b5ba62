import { counted } from "../../view/words/counted.ts";
import { type Finding, named, note, sound, trouble, warning } from "../finding.ts";

export interface LedgerFacts {
  /** `/var/lib/shipbell`, `the configs of the Swarm`. */
  readonly place: string;
  /** The state directory, where the ledger is a file in it. */
  readonly folder?: FolderFacts;
  /** Absent where there is no ledger yet. */
  readonly contents?: ContentFacts;
  /** Why it cannot be read. */
  readonly unreadable?: string;
}

export interface FolderFacts {
  readonly isThere: boolean;
  /** Whether this process may make files in it; of one that is missing, in the first folder above that exists. */
  readonly isWritable: boolean;
  /** Bytes that are free for this user. */
  readonly freeBytes?: number;
  /** Whether the ledger's file may be written, where it is there. */
  readonly isFileWritable?: boolean;
  readonly ownUid?: number;
  readonly uid?: number;
}

export interface ContentFacts {
  readonly records: readonly RecordFacts[];
  /** Jobs whose record a newer shipbell has written. */
  readonly newer: readonly string[];
  /** Jobs whose record cannot be read. */
  readonly damaged: readonly string[];
  /** How many damaged records were set aside before. */
  readonly setAside: number;
}

export interface RecordFacts {
  readonly job: string;
  readonly bytes: number;
}

/** A record is never larger. */
const LARGEST_BYTES = 64 * 1024;
/** From here on history is about to be dropped. */
const NEARLY = 0.9;
/** A ledger is some MB; SQLite needs as much again to write. */
const FEW_FREE_BYTES = 64 * 1024 ** 2;

/** Says whether what happens can be written down. */
export function lookAtLedger({ place, folder, contents, unreadable }: LedgerFacts): readonly Finding[] {
  return [
    ...(folder === undefined ? [] : lookAtFolder(place, folder)),
    ...(unreadable === undefined ? [] : [trouble(place, `the ledger cannot be read: ${unreadable}`)]),
    ...(contents === undefined ? [] : lookAtContents(place, contents)),
    ...(contents === undefined && unreadable === undefined && (folder === undefined || folder.isWritable)
      ? [sound(place, "there is no ledger yet; the scheduler makes one at its first start")]
      : []),
  ];
}

function lookAtFolder(
  place: string,
  { isThere, isWritable, isFileWritable, freeBytes, uid, ownUid }: FolderFacts,
): readonly Finding[] {
  const who =
    uid === undefined || ownUid === undefined ? "" : `: it belongs to user ${uid}, and shipbell runs as user ${ownUid}`;
  return [
    ...(isThere && !isWritable
      ? [
          trouble(
            place,
            `this folder cannot be written${who}`,
            "mount a volume there that this user may write, and not read-only",
          ),
        ]
      : []),
    ...(!isThere && !isWritable
      ? [
          trouble(
            place,
            "there is no such folder, and none can be made",
            "mount a volume there, or name another folder with --state-dir",
          ),
        ]
      : []),
    ...(isWritable && isFileWritable === false
      ? [
          trouble(
            `${place}/ledger.db`,
            `this file cannot be written${who}`,
            "give it to the user as whom shipbell runs",
          ),
        ]
      : []),
    ...(freeBytes !== undefined && freeBytes < FEW_FREE_BYTES
      ? [
          warning(
            place,
            `only ${Math.floor(freeBytes / 1024 ** 2)} MB are free on its disk`,
            "without room nothing is started",
          ),
        ]
      : []),
  ];
}

function lookAtContents(place: string, { records, newer, damaged, setAside }: ContentFacts): readonly Finding[] {
  const large = records.filter(({ bytes }) => bytes > LARGEST_BYTES * NEARLY).map(({ job }) => job);
  const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
  const largest = Math.max(0, ...records.map((record) => record.bytes));
  const size =
    records.length === 0 ? "" : `, ${kilobytes(bytes)} in all, the largest ${kilobytes(largest)} of at most 64 KB`;
  return [
    ...(newer.length > 0
      ? [
          trouble(
            place,
            `the records of ${named(newer)} are of a newer shipbell: they stay as they are, and these jobs are not started`,
            "use the newer version, or let it write them for this one: shipbell downgrade",
          ),
        ]
      : []),
    ...(damaged.length > 0
      ? [
          trouble(
            place,
            `the records of ${named(damaged)} cannot be read`,
            "the scheduler sets them aside and begins new ones; shipbell problems says what is wrong with them",
          ),
        ]
      : []),
    ...(setAside > 0 ? [note(place, `${counted(setAside, "damaged record")} set aside before`)] : []),
    ...(large.length > 0
      ? [
          note(
            place,
            `the records of ${named(large)} are nearly full: older runs and outputs are dropped from them`,
            "keep less: history, or less output",
          ),
        ]
      : []),
    ...(newer.length === 0 && damaged.length === 0
      ? [sound(place, `the ledger has ${counted(records.length, "record")}${size}`)]
      : []),
  ];
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KB`;
}
