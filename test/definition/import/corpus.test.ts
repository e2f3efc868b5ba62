import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { importOne } from "./import-one.ts";

interface Seen {
  readonly repository: string;
  readonly path: string;
  readonly import: string;
  readonly lines: readonly string[];
  readonly refused?: number;
  readonly isCut?: true;
}

const corpus: readonly Seen[] = JSON.parse(
  readFileSync(new URL("../../fixtures/import/corpus.json", import.meta.url), "utf8"),
);

function optionsOf(command: string) {
  const [kind = "", ...flags] = command.split(" ");
  const flag = (name: string) => (flags.includes(name) ? flags[flags.indexOf(name) + 1] : undefined);
  const flavour = flag("--flavour");
  const project = flag("--project");
  return {
    kind,
    options: {
      ...(flags.includes("--system") && { layout: "system" as const }),
      ...(flavour !== undefined && { flavour }),
      ...(project !== undefined && { project }),
    },
  };
}

/** What declares a job, by the kind of the file. */
const DECLARES: ReadonlyMap<string, RegExp> = new Map([
  ["ofelia", /^\[job/],
  ["swarm-cronjob", /cronjob\.schedule/],
  ["docker-crontab", /^\s*"?schedule"?\s*[:=]|\.trigger\]/],
  ["deck-chores", /deck-chores\..*\.command/],
  ["crontab", /^(?!\s*#)(?!\w+\s*=)/],
]);

/** What is quoted of a file that has much else. */
const QUOTED: ReadonlyMap<string, RegExp> = new Map([
  ["swarm-cronjob", /cronjob/],
  ["deck-chores", /deck-chores\./],
  ["kubernetes", /^ {2}(?:schedule|timeZone):/],
]);

/** The jobs that a file declares, counted by its lines alone. */
function declared({ import: command, lines }: Seen): number {
  const [kind = ""] = command.split(" ");
  if (kind === "kubernetes")
    return lines
      .join("\n")
      .split(/^---/m)
      .filter((object) => /^kind: CronJob$/m.test(object)).length;
  const declares = DECLARES.get(kind);
  return lines.filter((line) => declares?.test(line)).length;
}

/** The lines of a text that stand before its jobs, as comments. */
function quotedOf({ import: command, lines }: Seen): readonly string[] {
  const quoted = QUOTED.get(command.split(" ")[0] ?? "");
  return quoted === undefined ? lines : lines.filter((line) => quoted.test(line)).map((line) => line.trim());
}

test("the corpus is of files in a hundred repositories", () =>
  expect(new Set(corpus.map(({ repository }) => repository)).size).toBeGreaterThanOrEqual(100));

describe("a real file is imported: what comes in comes out, or is named", () => {
  it.each(corpus)("$repository: $path", async (seen) => {
    const { kind, options } = optionsOf(seen.import);
    const text = `${seen.lines.join("\n")}${seen.isCut ? "" : "\n"}`;
    const { jobs, notImported, findings, text: output } = await importOne(kind, text, options);
    const refused = findings.filter(({ severity }) => severity === undefined);
    expect(jobs.length + notImported.length).toBe(declared(seen));
    // A manifest may be refused for several reasons.
    if (kind === "kubernetes") expect(refused.length).toBeGreaterThanOrEqual(notImported.length);
    else expect(refused).toHaveLength(notImported.length);
    expect(notImported).toHaveLength(seen.refused ?? 0);
    const comments = output.split("\n").filter((line) => line.trimStart().startsWith("# file:"));
    const quotes = comments.map((line) => line.replace(/^ *# file:\d+ {2}/, ""));
    // Of a manifest the names are quoted, too; a text that is no manifest has none.
    const own = kind === "kubernetes" ? quotes.filter((line) => !line.startsWith("name:")) : quotes;
    const quoted = notImported.some(({ quotes: none }) => kind === "kubernetes" && none.length === 0)
      ? quotedOf(seen).slice(0, own.length)
      : quotedOf(seen);
    expect(own).toEqual(quoted);
  });
});
