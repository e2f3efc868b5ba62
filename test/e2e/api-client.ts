import { createParser } from "eventsource-parser";
import type { SchedulerProcess } from "./scheduler-process.ts";

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly json: any;
}

interface Sending {
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/** Sends requests to the API of a running scheduler: `api("POST jobs/backup/runs", { json: {} })`. */
export function apiOf(scheduler: SchedulerProcess) {
  return async (line: string, { accept, headers, json }: Sending = {}): Promise<ApiAnswer> => {
    const [method = "GET", path = ""] = line.split(" ");
    const url = await scheduler.url(`/api/v1/${path}`);
    const response = await fetch(url, {
      method,
      headers: {
        ...(accept && { accept }),
        ...(method === "POST" && { "content-type": "application/json" }),
        ...headers,
      },
      ...(method === "POST" && { body: JSON.stringify(json ?? {}) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") && !text.includes("\n{");
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
}

/** The lines of an output, in whichever form it came: without notes, ends and beats. */
export function outputLines({ headers, text }: Pick<ApiAnswer, "headers" | "text">): readonly string[] {
  const type = headers.get("content-type") ?? "";
  if (type.startsWith("text/plain")) return text.split("\n").slice(0, -1);
  const items: { line?: string }[] = [];
  if (type.startsWith("application/x-ndjson"))
    items.push(
      ...text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    );
  else createParser({ onEvent: ({ data }) => items.push(JSON.parse(data)) }).feed(text);
  return items.flatMap(({ line }) => line ?? []);
}
