import { dirname, resolve } from "node:path";
import type { Clock } from "../clock.ts";
import type { TimeSettings } from "../definition/check-times.ts";
import type { ObjectKind } from "../definition/compose/engine-keys.ts";
import { parseScheduleFile } from "../definition/files/parse-schedule-file.ts";
import { joinReadings, type Reading } from "../definition/reading.ts";
import { SecretDigests } from "../definition/secret-digest.ts";
import { variableFiles } from "../definition/variables/file-variables.ts";
import type { Variables } from "../definition/variables/interpolate.ts";
import { type Disk, PatientDisk } from "./disk.ts";
import { areUnchanged, haveSameTexts, parseWithBesides, type ReadFiles, readAgain } from "./referenced-files.ts";
import type { JobSource } from "./source.ts";
import { type FileState, listScheduleFiles, lookAt, readScheduleFile } from "./text-files.ts";

export interface ScheduleFilesSettings extends TimeSettings {
  /** What the jobs are to run as; absent when that is not known. */
  readonly engine?: ObjectKind;
  /** Files, and folders whose `*.yml` and `*.yaml` are read; as people wrote them. */
  readonly paths: readonly string[];
  /** Whether relative paths of the host are to be warned of. */
  readonly doubtHostPaths?: boolean;
  /** The scheduler's variables. */
  readonly variables: Variables;
  /** Files with further variables, in place of the `.env` beside each schedule file. */
  readonly envFiles?: readonly string[] | undefined;
  readonly clock: Clock;
  /** Default: the machine's, each call within 10 s. */
  readonly disk?: Disk;
}

/** How often the files are looked at. Bind mounts and Docker configs do not deliver the system's change events. */
const LOOK_EVERY_MS = 1000;

/** Some file systems count changes in whole seconds: what changed so lately may change again unseen. */
const SETTLES_AFTER_MS = 2000;

/**
 * The jobs of schedule files. A path that was configured and cannot be read makes `load` throw; a file that is gone
 * from a folder takes its jobs away; a file that is there and cannot be read is a problem. Only files that look
 * changed are read again, and only when their text changed are they parsed again.
 */
export function scheduleFiles(settings: ScheduleFilesSettings): JobSource {
  const { paths, clock, disk = new PatientDisk(clock) } = settings;
  let lastSeen = "";
  let parsed: ReadonlyMap<string, ParsedFile> = new Map();
  const digests = new SecretDigests();
  return {
    name: "files",
    async load() {
      lastSeen = "";
      const states = await listScheduleFiles(paths, disk);
      const files: ParsedFile[] = [];
      // One after the other: a thousand files at once may be more than a process may have open.
      for (const state of states) {
        files.push(await readFile(state, parsed.get(state.path), { ...settings, digests, disk }));
      }
      parsed = new Map(files.map((file) => [file.state.path, file]));
      lastSeen = fingerprint(files.flatMap(statesOf));
      return joinReadings(files.map((file) => file.reading));
    },
    watch(wake, signal) {
      const look = async () => {
        const seen = await lookAtAll(paths, parsed, disk).then(fingerprint, String);
        const settling = [...parsed.values()].some((file) => !file.settled);
        if (seen !== lastSeen || settling) wake();
        // An error is told once: it is `load` that is asked again for as long as it lasts.
        lastSeen = seen;
      };
      void lookAgainAndAgain(look, clock, signal);
    },
  };
}

/** The schedule files as they are now, each with the files beside it that were read for it. */
async function lookAtAll(
  paths: readonly string[],
  parsed: ReadonlyMap<string, ParsedFile>,
  disk: Disk,
): Promise<FileState[]> {
  const states: FileState[] = [];
  for (const state of await listScheduleFiles(paths, disk)) {
    states.push(state);
    for (const path of parsed.get(state.path)?.besides.keys() ?? []) states.push(await lookAt(path, disk));
  }
  return states;
}

function statesOf({ state, besides }: ParsedFile): FileState[] {
  return [state, ...[...besides.values()].map((file) => file.state)];
}

async function lookAgainAndAgain(look: () => Promise<void>, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.wait(LOOK_EVERY_MS, signal);
    if (!signal.aborted) await look();
  }
}

interface ParsedFile {
  readonly state: FileState;
  readonly text: string | undefined;
  readonly reading: Reading;
  /** The other files that it speaks of. */
  readonly besides: ReadFiles;
  /** False while one of them may have changed again without looking changed, or may become readable. */
  readonly settled: boolean;
}

async function readFile(
  state: FileState,
  before: ParsedFile | undefined,
  settings: ScheduleFilesSettings & { readonly digests: SecretDigests; readonly disk: Disk },
): Promise<ParsedFile> {
  const { digests, disk } = settings;
  const isUnchanged = before !== undefined && (await areUnchanged(before.besides, disk));
  if (isUnchanged && before.settled && before.state.version === state.version) return before;
  const read = await readScheduleFile(state, disk);
  if ("problem" in read) {
    const reading = { jobs: [], problems: [read.problem], broken: [{ unit: state.path }] };
    const besides: ReadFiles = new Map();
    const settled = !read.mayPass && areSettled(state, besides, settings.clock);
    return { state, text: undefined, reading, besides, settled };
  }
  const { text } = read;
  if (before?.text === text) {
    const besides = isUnchanged && before.settled ? before.besides : await readAgain(before.besides, disk);
    const settled = areSettled(state, besides, settings.clock);
    if (haveSameTexts(before.besides, besides)) return { ...before, state, besides, settled };
  }
  const folder = dirname(resolve(state.path));
  const beforehand = { expected: variableFiles({ ...settings, folder }), digests, disk };
  const { parsed, files } = await parseWithBesides(beforehand, (asking) =>
    parseScheduleFile(text, { ...settings, ...asking, path: state.path, folder }),
  );
  const reading = {
    ...parsed,
    broken: parsed.broken.map((each) => (each.job === undefined ? { ...each, text } : each)),
  };
  return { state, text, reading, besides: files, settled: areSettled(state, files, settings.clock) };
}

function areSettled(state: FileState, besides: ReadFiles, clock: Clock): boolean {
  const now = clock.now().getTime();
  const states = [state, ...[...besides.values()].map((file) => file.state)];
  if ([...besides.values()].some(({ mayPass }) => mayPass)) return false;
  return states.every(({ modifiedAt }) => Math.abs(now - modifiedAt.getTime()) > SETTLES_AFTER_MS);
}

function fingerprint(states: readonly FileState[]): string {
  return states.map(({ path, version }) => `${path} ${version}`).join("\n");
}
