import type { Input } from "../../job/inputs/inputs.ts";
import { expectedOf } from "../../job/inputs/read-inputs.ts";

/** `a date such as 2026-11-18, required`; `small or large, and small where nothing is given`. */
export function inputInWords(input: Input): string {
  const { default: standard, required } = input;
  if (standard !== undefined) return `${expectedOf(input)}, and ${valueInWords(standard)} where nothing is given`;
  return `${expectedOf(input)}, ${required ? "required" : "or nothing"}`;
}

/** `DAY=2026-11-18, NOTE="two words"`; undefined where a run was given none. */
export function givenInWords(inputs: Readonly<Record<string, string>> | undefined): string | undefined {
  const all = Object.entries(inputs ?? {}).map(([name, value]) => `${name}=${valueInWords(value)}`);
  return all.length === 0 ? undefined : all.join(", ");
}

const LONGEST_VALUE = 60;

/** In quotes where it would not be clear where it ends, and shortened. */
function valueInWords(value: string): string {
  const short = value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value;
  return /^[\w.:/@+-]+$/.test(short) ? short : JSON.stringify(short);
}
