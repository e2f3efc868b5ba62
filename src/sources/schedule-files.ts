import { dirname, resolve } from "node:path";
import type { Clock } from "../clock.ts";
import type { TimeSettings } from "../definition/check-times.ts";
import type { FileSettings } from "../definition/files/parse-schedule-file.ts";
import { emptyReading, joinReadings, type Reading } from "../definition/reading.ts";
import { SecretDigests } from "../definition/secret-digest.ts";
import type { ChannelNames, TellingSettings } from "../definition/telling.ts";
import { variableFiles } from "../definition/variables/file-variables.ts";
import type { Variables } from "../definition/variables/interpolate.ts";
import { EqualParts } from "../job/equal-parts.ts";
import type { ObjectKind } from "../job/job.ts";
import { hashOf } from "../job/job-hash.ts";
import { ReplacedFiles } from "../job/replaced-file.ts";
import { type Disk, PatientDisk } from "./disk.ts";
import type { FileReader } from "./file-reader.ts";
import {
  areUnchanged,
  haveSameTexts,
  type Known,
  parseOnce,
  parseWithFiles,
  type ReadFiles,
  readAgain,
} from "./referenced-files.ts";
import type { JobSource } from "./source.ts";
import { type FileState, listScheduleFiles, lookAt, readTextFile } from "./text-files.ts";

export interface ScheduleFilesSettings extends TimeSettings, TellingSettings {
  /** What the jobs run as; absent when that is not known. */
  readonly engine?: ObjectKind;
  /** Files, and folders whose `*.yml` and `*.yaml` are read, as the operator wrote them. */
  readonly paths: readonly string[];
  /** Whether to warn about relative paths of the host. */
  readonly doubtHostPaths?: boolean;
  /** The scheduler's variables. */
  readonly variables: Variables;
  /** Files with further variables, instead of the `.env` next to each schedule file. */
  readonly envFiles?: readonly string[] | undefined;
  readonly clock: Clock;
  /** How the text of a file is read, here. Default: as a schedule file. */
  readonly parse?: (text: string, settings: FileSettings) => Reading;
  /**
   * Opens a reader for long texts that have changed, which is closed after them. What is loaded first is parsed here: until
   * then there is nothing that could be late for it. Default: none, all texts are parsed here.
   */
  readonly openReader?: () => FileReader;
  /** Default: the machine's, each call within 10 s. */
  readonly disk?: Disk;
}

/** How often the files are looked at: bind mounts and Docker configs do not deliver the system's change events. */
const LOOK_EVERY_MS = 1000;

/** Some file systems count changes in whole seconds: a file changed this recently may change again unnoticed. */
const SETTLES_AFTER_MS = 2000;

/**
 * The jobs of schedule files. A configured path that cannot be read makes `load` throw. A file that is gone from a folder
 * takes its jobs along; one that is there but cannot be read is a problem. Only files that look changed are read again,
 * and only those whose text has changed are parsed again.
 */
export function scheduleFiles(settings: ScheduleFilesSettings): JobSource {
  const { paths, clock, disk = new PatientDisk(clock) } = settings;
  let lastSeen = "";
  let parsed: ReadonlyMap<string, ParsedFile> = new Map();
  let readWith: ChannelNames | undefined;
  let isFirst = true;
  const digests = new SecretDigests();
  const replaced = new ReplacedFiles();
  return {
    name: "files",
    async load() {
      lastSeen = "";
      const channels = settings.channels?.();
      // What was said of names of channels may no longer be so.
      if (channels !== readWith) parsed = new Map();
      readWith = channels;
      const states = await listScheduleFiles(paths, disk);
      const files: ParsedFile[] = [];
      const reader = isFirst ? undefined : settings.openReader?.();
      isFirst = false;
      const parts = new EqualParts();
      try {
        // One after the other: a process may not be allowed to have a thousand files open.
        for (const state of states) {
          files.push(await readFile(state, parsed.get(state.path), { ...settings, digests, disk, reader, parts }));
        }
      } finally {
        await reader?.close();
      }
      parsed = new Map(files.map((file) => [file.state.path, file]));
      const seen = files.flatMap(statesOf);
      lastSeen = fingerprint(seen);
      const problems = replaced.among(seen.filter(({ isMissing }) => !isMissing));
      return joinReadings([...files.map((file) => file.reading), { ...emptyReading, problems }]);
    },
    watch(wake, signal) {
      const look = async () => {
        const seen = await lookAtAll(paths, parsed, disk).then(fingerprint, String);
        const settling = [...parsed.values()].some((file) => !file.settled);
        if (seen !== lastSeen || settling) wake();
        // An error wakes once: while it lasts, `load` is repeated anyway.
        lastSeen = seen;
      };
      void lookAgainAndAgain(look, clock, signal);
    },
  };
}

/** Returns the schedule files as they look now, each followed by the files that it refers to. */
async function lookAtAll(
  paths: readonly string[],
  parsed: ReadonlyMap<string, ParsedFile>,
  disk: Disk,
): Promise<FileState[]> {
  const states: FileState[] = [];
  for (const state of await listScheduleFiles(paths, disk)) {
    states.push(state);
    for (const path of parsed.get(state.path)?.references.keys() ?? []) states.push(await lookAt(path, disk));
  }
  return states;
}

function statesOf({ state, references }: ParsedFile): FileState[] {
  return [state, ...[...references.values()].map((file) => file.state)];
}

async function lookAgainAndAgain(look: () => Promise<void>, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.wait(LOOK_EVERY_MS, signal);
    if (!signal.aborted) await look();
  }
}

interface ParsedFile {
  readonly state: FileState;
  /** Of its text, to know it again: of ten thousand jobs, the text is a megabyte. Absent where it cannot be read. */
  readonly digest?: string;
  readonly reading: Reading;
  /** The files that it refers to. */
  readonly references: ReadFiles;
  /** False while one of these files may have changed again without looking changed, or may become readable. */
  readonly settled: boolean;
}

interface ReadingParts extends ScheduleFilesSettings {
  readonly digests: SecretDigests;
  readonly disk: Disk;
  readonly reader: FileReader | undefined;
  readonly parts: EqualParts;
}

async function readFile(state: FileState, before: ParsedFile | undefined, settings: ReadingParts): Promise<ParsedFile> {
  const { digests, disk, parts } = settings;
  const isUnchanged = before !== undefined && (await areUnchanged(before.references, disk));
  if (isUnchanged && before.settled && before.state.version === state.version) return before;
  const read = await readTextFile(state, disk);
  if ("problem" in read) {
    const reading = { jobs: [], problems: [read.problem], broken: [{ unit: state.path }] };
    const references: ReadFiles = new Map();
    const settled = !read.mayPass && areSettled(state, references, settings.clock);
    return { state, reading, references, settled };
  }
  const { text } = read;
  const digest = hashOf(text);
  if (before?.digest === digest) {
    const references = isUnchanged && before.settled ? before.references : await readAgain(before.references, disk);
    const settled = areSettled(state, references, settings.clock);
    if (haveSameTexts(before.references, references)) return { ...before, state, references, settled };
  }
  const folder = dirname(resolve(state.path));
  const beforehand = { expected: variableFiles({ ...settings, folder }), digests, disk };
  const parse = await parserOf({ text, path: state.path, folder }, settings);
  const { parsed, files } = await parseWithFiles(beforehand, parse);
  const reading = {
    ...parsed,
    jobs: parsed.jobs.map((job) => parts.share(job)),
    broken: parsed.broken.map((each) => (each.job === undefined ? { ...each, text } : each)),
  };
  return { state, digest, reading, references: files, settled: areSettled(state, files, settings.clock) };
}

/** What takes longer to parse than a start may be late: some five hundred jobs. */
const LONG_CHARACTERS = 50_000;

/** Returns what parses this text: the reader, with all that it must know; or, what parses here is loaded. */
async function parserOf(
  file: Pick<FileSettings, "path" | "folder"> & { readonly text: string },
  settings: ReadingParts,
) {
  const { reader, channels, instance, defaultTimezone, defaultNotify, engine, doubtHostPaths, variables, envFiles } =
    settings;
  if (reader !== undefined && file.text.length > LONG_CHARACTERS) {
    const names = channels?.();
    const channelNames = names && [...names.keys()];
    const plain = { instance, defaultTimezone, defaultNotify, engine, doubtHostPaths, variables, envFiles };
    return (known: Known) => reader.read({ ...file, ...plain, channelNames, known });
  }
  const parse = settings.parse ?? (await import("../definition/files/parse-schedule-file.ts")).parseScheduleFile;
  const { text, ...place } = file;
  return async (known: Known) => parseOnce(known, (asking) => parse(text, { ...settings, ...asking, ...place }));
}

function areSettled(state: FileState, references: ReadFiles, clock: Clock): boolean {
  const now = clock.now().getTime();
  const states = [state, ...[...references.values()].map((file) => file.state)];
  if ([...references.values()].some(({ mayPass }) => mayPass)) return false;
  return states.every(({ modifiedAt }) => Math.abs(now - modifiedAt.getTime()) > SETTLES_AFTER_MS);
}

function fingerprint(states: readonly FileState[]): string {
  return states.map(({ path, version }) => `${path} ${version}`).join("\n");
}
