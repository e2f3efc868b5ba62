import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineClient } from "../lab/engine-client.ts";
import { bold, say } from "./narration.ts";

/** Everything that the demo makes on the engine belongs to this instance, or is the container of this name. */
export const INSTANCE = "shipbell-demo";
const CONTAINER = "demo-inventory";
export const SCHEDULES = join(import.meta.dirname, "../../schedules");

const LABELLED = [
  "create",
  "--name",
  CONTAINER,
  "--label",
  "shipbell.schedule=@every 10s",
  "--env",
  "WAREHOUSE=north",
  "busybox",
  "sh",
  "-c",
  'echo "counting in $WAREHOUSE"; exit 3',
];

/** A labelled container; the schedule file is there already. What an earlier demo left is taken away first. */
export async function prepareJobs(client: EngineClient): Promise<{ readonly summary: string }> {
  await removeJobs(client);
  await client.docker(...LABELLED);
  return { summary: "from a schedule file and a labelled container" };
}

export function describeJobs(): void {
  say(`\n${bold("schedules/hello.yml")}\n${indent(readFileSync(join(SCHEDULES, "hello.yml"), "utf8"))}`);
  const command = LABELLED.map((word) => (/[\s"$;]/.test(word) ? `'${word}'` : word)).join(" ");
  say(
    `${bold("a labelled container")} (never started itself: each run is a copy of it)\n${indent(`docker ${command}`)}\n`,
  );
}

/** Runs, kept ones too, and the labelled container. */
export async function removeJobs(client: EngineClient): Promise<void> {
  const runs = await client.docker("ps", "--all", "--quiet", "--filter", `label=shipbell.instance=${INSTANCE}`);
  const template = await client.docker("ps", "--all", "--quiet", "--filter", `name=^/?${CONTAINER}$`);
  const ids = `${runs}\n${template}`.split("\n").filter((id) => id !== "");
  if (ids.length > 0) await client.docker("rm", "--force", "--volumes", ...ids);
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "    ");
}
