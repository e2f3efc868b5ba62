import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finish } from "../../lab/machine/run-command.ts";
import type { Figure } from "../figure.ts";
import type { Program } from "../program.ts";
import { Scheduler, schedulesIn } from "../scheduler.ts";
import { untilTime } from "../seconds.ts";
import { type Comparison, compare } from "./compare.ts";
import { type Definitions, type Surroundings, ZONE } from "./definitions.ts";
import { PeerProcess, type PeerStart } from "./peer-process.ts";
import { prepareRecorder, readRecords } from "./record.ts";

/** Both are at work before the first minute that counts. */
const AHEAD_MS = 5_000;
/** What is due in the last minute has begun by then. */
const AFTERWARDS_MS = 20_000;

export interface Side {
  readonly name: string;
  readonly version: string;
  readonly program: Program;
  readonly dockerHost: string;
  readonly folder: string;
  readonly minutes: number;
  /** The arguments of `shipbell import` for the peer's file. */
  readonly kind: readonly string[];
  /** The name that the peer's file has. */
  readonly file: string;
  readonly image: string;
  readonly flags?: readonly string[];
  readonly define: (around: Surroundings) => Definitions;
  /** Makes on the engine what the definitions need, and says how to start the peer. */
  readonly prepare: (file: string, witness: string) => Promise<PeerStart>;
}

/**
 * Runs a peer with a file of its own, and shipbell with what `import` makes of that file, on the same engine for some
 * minutes: each job must start in the same minutes, and be given the same. A difference is right where `import` said it.
 */
export async function measureAlike(side: Side): Promise<Figure[]> {
  const { name, version, program, dockerHost, folder, minutes } = side;
  const witness = await prepareRecorder(folder);
  const data = join(folder, "data");
  await mkdir(data);
  const definitions = side.define(surroundings(witness, data, side.image, minutes));
  const file = join(folder, side.file);
  await writeFile(file, definitions.text);
  const findings = await importFile(side, file);
  await using peer = await PeerProcess.start(await side.prepare(file, witness));
  const flags = side.flags ?? [];
  await using scheduler = new Scheduler({
    program,
    dockerHost,
    folder,
    instance: `peer-${name.replaceAll(".", "-")}`,
    flags,
  });
  await scheduler.take("jobs-changed", 1);
  const from = Math.ceil((Date.now() + AHEAD_MS) / 60_000) * 60;
  const until = from + minutes * 60;
  process.stderr.write(`  ${name} ${version}: from ${timeOf(from)} until ${timeOf(until)}\n`);
  await untilTime(new Date(until * 1000 + AFTERWARDS_MS));
  if (!peer.state.isRunning) throw new Error(`${name} ended:\n${peer.state.last.join("\n")}`);
  const records = await readRecords(witness, { from, until });
  await scheduler.stop();
  const compared = definitions.jobs.map((job) => compare(job, records, { isInterval: /^every$|-every$/.test(job) }));
  return [
    {
      name: `${name} ${version}: ${minutes} minutes next to shipbell with the imported file`,
      measured: total(compared),
    },
    ...compared.map((each) => figureOf(each, findings.get(each.job) ?? [])),
  ];
}

/** Writes the schedule file; resolves to the codes of what was said of each job. */
async function importFile(side: Side, file: string): Promise<Map<string, readonly string[]>> {
  const { command, args, env } = side.program;
  const words = [...args, "import", ...side.kind, "--timezone", ZONE, file];
  const run = (...more: string[]) => finish(command, [...words, ...more], { env: { PATH: process.env.PATH, ...env } });
  const [text, json] = [await run(), await run("--format", "json")];
  await writeFile(schedulesIn(side.folder), text.stdout);
  await writeFile(join(side.folder, "findings"), text.stderr);
  const { jobs, findings } = JSON.parse(json.stdout) as {
    readonly jobs: readonly { readonly name: string; readonly line: number }[];
    readonly findings: readonly { readonly code: string; readonly line: number }[];
  };
  // A finding belongs to the job above it.
  const jobOf = (line: number) => jobs.findLast((job) => job.line <= line)?.name;
  return new Map(
    jobs.map(({ name }) => [name, findings.filter(({ line }) => jobOf(line) === name).map(({ code }) => code)]),
  );
}

function figureOf({ job, starts, differences }: Comparison, findings: readonly string[]): Figure {
  const codes = findings.length === 0 ? "" : ` [${[...new Set(findings)].join(", ")}]`;
  const count =
    starts.peer === starts.shipbell ? `${starts.peer} starts each` : `${starts.peer} there, ${starts.shipbell} here`;
  const isAlike = differences.length === 0;
  const measured = isAlike ? `${count}, alike${codes}` : `${count}: ${differences.join("; ")}${codes}`;
  return { name: `  ${job}`, measured, goal: { text: "alike, or said", isMet: isAlike || findings.length > 0 } };
}

function total(compared: readonly Comparison[]): string {
  const alike = compared.filter(({ differences }) => differences.length === 0).length;
  const [there, here] = (["peer", "shipbell"] as const).map((side) =>
    compared.reduce((sum, { starts }) => sum + starts[side], 0),
  );
  return `${alike} of ${compared.length} jobs alike; ${there} starts there, ${here} here`;
}

function surroundings(witness: string, data: string, image: string, minutes: number): Surroundings {
  // The hour that begins, or goes on, in the middle of the time.
  const at = new Date(Date.now() + (minutes * 60_000) / 2);
  const part = (timeZone: string, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", ...options }).format(at);
  const day = Number(part(ZONE, { day: "numeric" }));
  const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
  const weekday = part(ZONE, { weekday: "short" }).toUpperCase();
  return {
    witness,
    data,
    image,
    hour: Number(part(ZONE, { hour: "numeric" })),
    hourInTokyo: Number(part("Asia/Tokyo", { hour: "numeric" })),
    month: part(ZONE, { month: "short" }).toUpperCase(),
    today: {
      day,
      weekday,
      otherDay: (day % 28) + 1,
      otherWeekday: weekdays[(weekdays.indexOf(weekday) + 1) % 7] ?? "MON",
    },
  };
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}
