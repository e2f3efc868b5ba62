import * as z from "zod";
import { type Allowance, GROWS_TOO_LARGE, PER_VALUE } from "../values/allowance.ts";
import type { Assignments } from "../values/assignments.ts";
import { bool, choice, mapOf, text } from "../values/fields.ts";
import { type Issue, mustBe, part } from "../values/issue.ts";
import { resolvePath } from "../values/path.ts";
import { type Dotenv, type DotenvSource, isUsable, parseDotenv } from "./dotenv.ts";
import type { ReadReferenced } from "./file-variables.ts";
import type { Variables } from "./interpolate.ts";

const path = text("a file such as ./shop.env");
const EXPECTED = "a file, or a map with its path";

const envFileKeys = { path, required: bool.nullish(), format: choice("raw").nullish() };
const long = mapOf(envFileKeys, EXPECTED);
const item = z.union([path.transform((path): z.output<typeof long> => ({ path })), long], {
  error: (issue) => mustBe(EXPECTED, issue.input),
});

/** Files of variables: one, or a list. */
export const envFile = z.union([path.transform((path): z.output<typeof long>[] => [{ path }]), z.array(item)], {
  error: (issue) => mustBe("a file such as ./shop.env, or a list of such", issue.input),
});

export const ENV_FILE_KEYS: readonly string[] = Object.keys(envFileKeys);

export interface EnvFileSettings {
  readonly variables: Variables;
  readonly folder: string;
  readonly readReferenced: ReadReferenced;
  /** What was read for other jobs of the same schedule file, by the files it was read from. */
  readonly readBefore: Map<string, ReadBefore>;
  /** How much jobs may take from files that were read for other jobs before. */
  readonly allowance: Allowance;
}

export interface ReadBefore extends Dotenv {
  /** What it takes to go through it, in characters. */
  readonly size: number;
}

type EnvFile = z.output<typeof long>;

/** Reads the files under a key (`env_file`, `label_file`). Of a name that comes twice the last counts. */
export function readEnvFiles(
  key: string,
  files: readonly EnvFile[] | null | undefined,
  settings: EnvFileSettings,
): { readonly assignments: Assignments; readonly issues: readonly Issue[] } {
  const values: Record<string, string> = {};
  let before = "";
  const issues = (files ?? []).flatMap((file, index) => {
    const place = resolvePath(settings.folder, file.path);
    before += JSON.stringify([place, file.format ?? ""]);
    const read = readOne({ key, file, place, known: before, earlier: values }, settings);
    if (read.values !== undefined) Object.assign(values, read.values);
    return (read.faults ?? []).map((fault): Issue => ({ path: [key, index], on: "value", ...fault }));
  });
  return { assignments: Object.entries(values), issues };
}

interface Wanted {
  readonly key: string;
  readonly file: EnvFile;
  readonly place: string;
  /** Names the file, and those before it in the list: what it says may depend on them. */
  readonly known: string;
  readonly earlier: Variables;
}

interface ReadOne {
  readonly values?: Readonly<Record<string, string>>;
  readonly faults?: readonly Pick<Issue, "at" | "message" | "hint" | "severity">[];
}

function readOne({ key, file, place, known, earlier }: Wanted, settings: EnvFileSettings): ReadOne {
  const { readReferenced, variables, readBefore, allowance } = settings;
  const { path, required, format } = file;
  const referenced = readReferenced(place);
  const mayBeMissing = required === false;
  if (
    referenced === undefined ||
    (mayBeMissing && "unreadable" in referenced && (referenced.isMissing || referenced.isUnknown))
  )
    return { values: {} };
  if ("unreadable" in referenced) {
    const message = `${key} names ${part(path)}, which cannot be read: ${referenced.unreadable}`;
    if (referenced.isUnknown) return { faults: [{ message, severity: "warning" }], values: {} };
    const hint = "relative paths start from the schedule file's folder; with required: false it need not be there";
    return { faults: [{ message, ...(referenced.isMissing && { hint }) }] };
  }
  const again = readBefore.get(known);
  if (again !== undefined && !allowance.take(again.size)) return { faults: [GROWS_TOO_LARGE] };
  const source: DotenvSource = { text: referenced.text, path: place, variables, earlier, ...(format && { format }) };
  const read = again ?? withSize(parseDotenv(source));
  readBefore.set(known, read);
  return { faults: read.problems, ...(isUsable(read) && { values: read.values }) };
}

function withSize(read: Dotenv): ReadBefore {
  const names = Object.keys(read.values);
  const size = names.reduce((sum, name) => sum + name.length, PER_VALUE * (names.length + read.problems.length));
  return { ...read, size };
}
