import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DemoSwarm } from "./demo-swarm.ts";
import { bold, say } from "./narration.ts";
import { INVENTORY_FILE } from "./stacks.ts";

const SCHEDULE_FILE = "schedules/hello.yml";
const TICK_FILE = "test/demo/tick.yml";

export function describeJobs(): void {
  for (const [file, what] of [
    [SCHEDULE_FILE, "which the stack gives the scheduler as a config"],
    [TICK_FILE, "a second one, for this demo alone"],
    [INVENTORY_FILE, "a labelled service"],
  ] as const)
    say(`\n${bold(file)}, ${what}\n${indent(readFileSync(join(import.meta.dirname, "../..", file), "utf8"))}`);
  say("");
}

/** What has to be seen before the demo is over: each job, by an outcome of its own. */
export function expectedOutcomes({ shop }: DemoSwarm): ReadonlyMap<string, string> {
  return new Map([
    ["hello", "succeeded"],
    ["tick", "succeeded"],
    [`${shop}_inventory`, "failed"],
  ]);
}

function indent(text: string): string {
  return text.trimEnd().replace(/^(?=.)/gm, "    ");
}
