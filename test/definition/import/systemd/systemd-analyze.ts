import { spawn } from "node:child_process";
import { needCommands } from "../../../lab/machine/packages.ts";

/** Installs Debian's systemd, whose programs need no systemd that runs. Returns why it cannot be had; undefined if it can. */
export async function needSystemd(): Promise<string | undefined> {
  try {
    await needCommands(["systemd-analyze"]);
    return undefined;
  } catch (error) {
    return `systemd-analyze cannot be had: ${String(error).slice(0, 200)}`;
  }
}

/** The next times of calendar events after an instant, in UTC; undefined for one that systemd does not take. */
export async function askSystemd(
  events: readonly string[],
  { from, count, zone = "UTC" }: { readonly from: Date; readonly count: number; readonly zone?: string },
): Promise<readonly (readonly number[] | undefined)[]> {
  const base = from
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
  const answers: (readonly number[] | undefined)[] = [];
  for (const event of events)
    answers.push(await ask(event, { words: [`--iterations=${count}`, `--base-time=${base}`], zone }));
  return answers;
}

async function ask(
  event: string,
  { words, zone }: { readonly words: readonly string[]; readonly zone: string },
): Promise<readonly number[] | undefined> {
  const env = { ...process.env, TZ: zone, LC_ALL: "C" };
  const child = spawn("systemd-analyze", ["calendar", ...words, event], { env, stdio: ["ignore", "pipe", "ignore"] });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk);
  const said = Buffer.concat(chunks).toString();
  if (said === "") return undefined;
  const lines = said.matchAll(/^ *(?:Next elapse|Iter\. #\d+|\(in UTC\)): \w+ (\S+) (\S+) UTC$/gm);
  return [...lines].map(([, day, time]) => Date.parse(`${day}T${time}Z`));
}
