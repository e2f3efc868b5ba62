import { importTexts } from "../../../src/definition/import/import-texts.ts";
import type { SourceText } from "../../../src/definition/import/imported.ts";
import { IMPORT_KINDS } from "../../../src/definition/import/kinds.ts";
import { checkSchedule } from "../../../src/schedule/timetable.ts";

export interface ImportOptions {
  readonly path?: string;
  readonly layout?: "system";
  readonly flavour?: string;
  readonly image?: string;
  readonly timezone?: string;
  /** The zone is that of the machine: nobody gave it. */
  readonly isZoneGuessed?: true;
  readonly prefix?: string;
  readonly project?: string;
  /** Texts that are given with it. */
  readonly others?: readonly SourceText[];
}

/** Imports one text as the command does, for a zone that was given. */
export async function importOne(kindName: string, text: string, options: ImportOptions = {}) {
  return importSource(kindName, { path: options.path ?? "file", text }, options);
}

/** The same, for a text that knows where its lines stand. */
export async function importSource(kindName: string, source: SourceText, options: ImportOptions = {}) {
  const { path: _path, timezone = "UTC", isZoneGuessed, prefix = "", others = [], ...settings } = options;
  const kind = IMPORT_KINDS.find(({ name }) => name === kindName);
  if (kind === undefined) throw new Error(`there is no kind ${kindName}`);
  const result = importTexts({
    read: await kind.load(),
    sources: [source, ...others],
    prefix,
    command: `shipbell import ${kindName}`,
    settings: { image: "busybox", ...settings, zone: { name: timezone, isGiven: !isZoneGuessed }, checkSchedule },
  });
  const [job] = result.jobs;
  return {
    ...result,
    /** The keys of the first job. */
    keys: job?.keys ?? {},
    schedules: result.jobs.map((each) => each.schedules),
    /** What the shell of each job is given. */
    scripts: result.jobs.map(({ keys }) => (Array.isArray(keys.command) ? keys.command.at(-1) : keys.command)),
    /** `warning import-zone`, or `import-year` for what was not imported. */
    codes: result.findings.map(({ code, severity }) => (severity === undefined ? code : `${severity} ${code}`)),
  };
}
