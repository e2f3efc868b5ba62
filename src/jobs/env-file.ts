import * as z from "zod";
import type { Assignments } from "./assignments.ts";
import type { ReadBeside } from "./beside.ts";
import { type DotenvSource, parseDotenv } from "./dotenv.ts";
import { bool, choice, mapOf, text } from "./fields.ts";
import type { Variables } from "./interpolate.ts";
import { type Issue, mustBe } from "./issue.ts";
import { normalizePath } from "./normalize-path.ts";

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
  readonly readBeside: ReadBeside;
}

/** What the files under a key (`env_file`, `label_file`) say together; of a name that comes twice the last counts. */
export function readEnvFiles(
  key: string,
  files: z.output<typeof envFile> | null | undefined,
  settings: EnvFileSettings,
): { readonly assignments: Assignments; readonly issues: readonly Issue[] } {
  const values: Record<string, string> = {};
  const issues = (files ?? []).flatMap((file, index) => {
    const read = readOne(key, file, { ...settings, variables: { ...values, ...settings.variables } });
    if (read.values !== undefined) Object.assign(values, read.values);
    return (read.faults ?? []).map((fault): Issue => ({ path: [key, index], on: "value", ...fault }));
  });
  return { assignments: Object.entries(values), issues };
}

interface ReadOne {
  readonly values?: Readonly<Record<string, string>>;
  readonly faults?: readonly Pick<Issue, "at" | "message" | "hint">[];
}

function readOne(
  key: string,
  { path, required, format }: z.output<typeof long>,
  { variables, folder, readBeside }: EnvFileSettings,
): ReadOne {
  const place = normalizePath(path.startsWith("/") ? path : `${folder}/${path}`);
  const file = readBeside(place);
  if (file === undefined || ("isMissing" in file && file.isMissing && required === false)) return { values: {} };
  if ("unreadable" in file) {
    const message = `${key} names ${path}, which cannot be read: ${file.unreadable}`;
    const hint = "relative paths start from the schedule file's folder; with required: false it need not be there";
    return { faults: [{ message, ...(file.isMissing && { hint }) }] };
  }
  const source: DotenvSource = { text: file.text, path: place, variables, ...(format && { format }) };
  const read = parseDotenv(source);
  return read.problems.length > 0 ? { faults: read.problems } : { values: read.values };
}
