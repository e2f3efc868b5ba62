import { dirname, resolve } from "node:path";
import type { Clock } from "../clock.ts";
import type { TimeSettings } from "../jobs/check-times.ts";
import type { ObjectKind } from "../jobs/engine-keys.ts";
import type { Variables } from "../jobs/interpolate.ts";
import { parseScheduleFile } from "../jobs/parse-schedule-file.ts";
import { joinReadings, type Reading } from "../jobs/reading.ts";
import { type FileState, listScheduleFiles, readScheduleFile } from "./read-schedule-file.ts";
import type { JobSource } from "./source.ts";

export interface ScheduleFilesSettings extends TimeSettings {
  /** What the jobs are to run as; absent when that is not known. */
  readonly engine?: ObjectKind;
  /** Files, and folders whose `*.yml` and `*.yaml` are read; as people wrote them. */
  readonly paths: readonly string[];
  /** The scheduler's variables. */
  readonly variables: Variables;
  readonly clock: Clock;
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
  const { paths, clock } = settings;
  let lastSeen = "";
  let parsed: ReadonlyMap<string, ParsedFile> = new Map();
  return {
    name: "files",
    async load() {
      lastSeen = "";
      const states = await listScheduleFiles(paths);
      const files: ParsedFile[] = [];
      // One after the other: a thousand files at once may be more than a process may have open.
      for (const state of states) files.push(await readFile(state, parsed.get(state.path), settings));
      parsed = new Map(files.map((file) => [file.state.path, file]));
      lastSeen = fingerprint(files.map((file) => file.state));
      return joinReadings(files.map((file) => file.reading));
    },
    watch(wake, signal) {
      const look = async () => {
        const seen = await listScheduleFiles(paths).then(fingerprint, String);
        const settling = [...parsed.values()].some((file) => !file.settled);
        if (seen !== lastSeen || settling) wake();
        // An error is told once: it is `load` that is asked again for as long as it lasts.
        lastSeen = seen;
      };
      void lookAgainAndAgain(look, clock, signal);
    },
  };
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
  /** False while the file may have changed again without looking changed. */
  readonly settled: boolean;
}

async function readFile(
  state: FileState,
  before: ParsedFile | undefined,
  settings: ScheduleFilesSettings,
): Promise<ParsedFile> {
  if (before?.settled && before.state.version === state.version) return before;
  const settled = Math.abs(settings.clock.now().getTime() - state.modifiedAt.getTime()) > SETTLES_AFTER_MS;
  const read = await readScheduleFile(state);
  if ("problem" in read) {
    const reading = { jobs: [], problems: [read.problem], broken: [{ unit: state.path }] };
    return { state, text: undefined, reading, settled };
  }
  const { text } = read;
  if (before?.text === text) return { ...before, state, settled };
  const folder = dirname(resolve(state.path));
  return { state, text, reading: parseScheduleFile(text, { ...settings, path: state.path, folder }), settled };
}

function fingerprint(states: readonly FileState[]): string {
  return states.map(({ path, version }) => `${path} ${version}`).join("\n");
}
