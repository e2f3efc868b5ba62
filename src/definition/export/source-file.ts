import { isMap } from "yaml";
import type { Job } from "../../job/job.ts";
import type { Problem } from "../../job/problem.ts";
import { withDefaults } from "../files/defaults.ts";
import { parseScheduleFile } from "../files/parse-schedule-file.ts";
import { nodeAt } from "../files/places.ts";
import { rawReader } from "../files/raw-value.ts";
import { offsetOf, readYaml } from "../files/yaml-document.ts";
import type { FileValue } from "../import/imported.ts";
import type { YamlMap, YamlValue } from "../values/yaml.ts";
import type { ExportResult, ExportSettings } from "./exported.ts";

export type FileMap = Readonly<Record<string, FileValue>>;

/** A job of a schedule file, with what is written about it. */
export interface SourceJob {
  readonly job: Job;
  /** Its keys as they are written, with the defaults of its file. Variables are not filled in. */
  readonly keys: FileMap;
  /** Returns where a key of the job stands; the job's own place, where it has no such key. */
  readonly at: (key: string) => string;
}

/** A schedule file that can be exported. */
export interface SourceFile {
  /** Those that were asked for, in the order in which they are written. */
  readonly jobs: readonly SourceJob[];
  /** All that the file has at its top, as it is written. */
  readonly top: FileMap;
  /** The texts of the file that were written in quotes. */
  readonly quoted: ReadonlySet<string>;
  /** What is wrong in the file. */
  readonly problems: readonly Problem[];
}

/** Reads a schedule file, and returns what `write` makes of it. Never throws for what is in the text. */
export function exportFile(
  text: string,
  settings: ExportSettings,
  write: (file: SourceFile) => ExportResult,
): ExportResult {
  const { jobs: readable, problems } = parseScheduleFile(text, settings);
  const { path, names } = settings;
  try {
    const document = readYaml(text, path);
    const { root } = document;
    if (!isMap(root) || document.problems.length > 0) return { text: "", jobs: 0, findings: problems };
    const { read, quoted } = rawReader(document, text.length);
    const top = read(root) as FileMap;
    const { jobs: written, defaults } = top as { readonly jobs: FileMap; readonly defaults?: FileValue };
    const jobs = readable
      .filter(({ name }) => names === undefined || names.includes(name))
      .map((job) => ({
        job,
        keys: withSharedKeys(written[job.name] ?? null, defaults),
        at: (key: string) => {
          const found = nodeAt(document, root, ["jobs", job.name, key]);
          return found === undefined ? job.origin.at : document.at(offsetOf(found.key));
        },
      }));
    return write({ jobs, top, quoted, problems });
  } catch (error) {
    // The parser recurses, and aliases multiply: the file is as unreadable here as it was there, or nearly.
    if (!(error instanceof RangeError)) throw error;
    const tooDeep = { at: path, message: `the file cannot be exported: ${error.message}` };
    return { text: "", jobs: 0, findings: [...problems, tooDeep] };
  }
}

function withSharedKeys(own: FileValue, defaults: FileValue | undefined): FileMap {
  const asRead = (value: FileValue) => ({ value: value as YamlValue, flaws: new Set<never>(), size: 0 });
  const { value } = withDefaults(asRead(own), defaults == null ? undefined : asRead(defaults));
  return value as YamlMap as FileMap;
}
