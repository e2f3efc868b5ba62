import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NoticeData } from "../../src/view/notice/notice-event.ts";
import type { Received } from "../notify/receiver.ts";
import type { TestFolder } from "./scheduler-process.ts";

/** What a webhook was told. */
export interface Heard {
  readonly id: string;
  readonly kind: string;
  readonly job: string;
  readonly run?: string;
  /** In a row. */
  readonly failures: number;
  /** How many of its kind it stands for. */
  readonly count: number;
}

/** Reads what came in, as the published schema has it. */
export function heard(received: readonly Received[]): readonly Heard[] {
  return received.map(({ body, headers }) => {
    const { id, data } = JSON.parse(body) as { readonly id: string; readonly data: NoticeData };
    const { kind, job, run, failures_in_a_row: failures = 0, count } = data;
    if (headers["webhook-id"] !== id) throw new Error(`webhook-id ${headers["webhook-id"]} of ${id}`);
    return { id, kind, job, ...(run !== undefined && { run }), failures, count };
  });
}

/** Writes the file of `--channels`; returns its path. */
export async function writeChannels(folder: TestFolder, channels: object, defaults: object = {}): Promise<string> {
  const path = join(folder.path, "channels.yml");
  // Replaced at once: half a file would be a problem of its own.
  await writeFile(`${path}.next`, JSON.stringify({ channels, defaults }));
  await rename(`${path}.next`, path);
  return path;
}
