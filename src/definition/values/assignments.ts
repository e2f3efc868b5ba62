import * as z from "zod";
import { type JsonSchema, written } from "./fields.ts";
import { mustBe, nameIn, quoted, quotedSecret } from "./issue.ts";
import { isMapValue } from "./yaml.ts";

/** Names with their values; null where only the name was written. */
export type Assignments = readonly (readonly [name: string, value: string | null])[];

/** Returns what is wrong with a name, if anything. */
type CheckName = (name: string) => string | undefined;

/** Returns values by their names; a name without a value has an empty one. */
export function textsOf(assignments: Assignments | null | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((assignments ?? []).map(([name, value]) => [name, value ?? ""]));
}

/** A map, or a list of `NAME=value`, in JSON Schema. */
const ASSIGNMENTS: JsonSchema = {
  description: "Must be a map, or a list of NAME=value",
  anyOf: [
    { type: "object", additionalProperties: { type: ["string", "number", "boolean", "null"] } },
    { type: "array", items: { type: "string", pattern: "^[^=]" } },
  ],
};

/** Labels that begin as ours do. */
const OURS: JsonSchema = {
  anyOf: [
    { type: "object", not: { type: "object", propertyNames: { type: "string", pattern: "^(?!shipbell\\.)" } } },
    { type: "array", contains: { type: "string", pattern: "^shipbell\\." } },
  ],
};

/** A map, or a list of `NAME=value`. Of a name that comes twice in a list the last counts, as in Compose. */
export function assignments(checkName: CheckName) {
  const schema = z.unknown().transform((value, context): Assignments => {
    const entries = readEntries(value);
    if (entries === undefined)
      context.issues.push({
        code: "custom",
        input: value,
        message: `must be a map, or a list of NAME=value, not ${quotedSecret(unnamed(value))}`,
      });
    for (const entry of entries ?? []) {
      const wrongName = "wrong" in entry ? undefined : checkName(entry.assignment[0]);
      const wrong = "wrong" in entry ? entry.wrong : wrongName;
      if (wrong !== undefined)
        context.issues.push({
          code: "custom",
          input: value,
          message: wrong,
          path: [entry.at],
          params: { on: wrongName === undefined ? entry.on : "key" },
        });
    }
    return (entries ?? []).flatMap((entry) => ("wrong" in entry ? [] : [entry.assignment]));
  });
  return written(schema, { is: ASSIGNMENTS });
}

/** Labels. Those that begin as ours do are refused; `on` says what only shipbell puts them on. */
export const labels = (on: string) =>
  written(
    assignments((name) =>
      name.startsWith("shipbell.") ? `is a label that only shipbell itself puts on ${on}: leave it out` : undefined,
    ),
    { is: { ...ASSIGNMENTS, not: OURS } },
  );

/** `on` says what to point at when it is wrong. */
type Entry = { readonly at: string | number; readonly on?: "key" } & (
  | { readonly assignment: readonly [string, string | null] }
  | { readonly wrong: string }
);

function readEntries(value: unknown): Entry[] | undefined {
  if (Array.isArray(value)) return value.map(readItem);
  return isMapValue(value) ? Object.entries(value).map(readEntry) : undefined;
}

function readItem(item: unknown, at: number): Entry {
  const wrong = `holds ${quotedSecret(unnamed(item))}; each item must be NAME=value`;
  if (typeof item !== "string") return { at, wrong };
  const equals = item.indexOf("=");
  if (equals === -1 && item !== "") return { at, assignment: [item, null] };
  if (equals < 1) return { at, wrong };
  return { at, assignment: [item.slice(0, equals), item.slice(equals + 1)] };
}

/** A value may be a secret that a variable brought in: only the place where its name should end is shown. */
function unnamed(value: unknown): unknown {
  return typeof value === "string" ? value.replace(/^[^=]+$|(?<==).+$/s, "…") : value;
}

function readEntry([name, value]: readonly [string, unknown]): Entry {
  if (name === "" || name.includes("="))
    return { at: name, on: "key", wrong: `has the name ${quoted(nameIn(name))}; a name has no "="` };
  if (typeof value === "string" || value === null) return { at: name, assignment: [name, value] };
  const instead = isMapValue(value)
    ? "a job of its own is indented as the others are"
    : "put it in quotes to pass it as text";
  return { at: name, wrong: `${mustBe("text or a number", value)}; ${instead}` };
}
