import type { Answer } from "../answer.ts";

/** Answers 200 with a value as JSON. */
export function json(value: unknown, more: Partial<Pick<Answer, "status" | "headers">> = {}): Answer {
  return { status: 200, contentType: "application/json", body: jsonText(value), ...more };
}

/** On one line: a program reads it, and `jq` shows it to people. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
