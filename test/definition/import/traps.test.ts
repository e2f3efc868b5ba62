import { describe, expect, test } from "vitest";
import { type ImportOptions, importOne } from "./import-one.ts";

interface Trap {
  readonly kind: string;
  readonly text: string;
  readonly options?: ImportOptions;
  /** Of the first job; no job where it is absent. */
  readonly keys?: object;
  readonly codes: readonly string[];
}

const system = { layout: "system" } as const;
const ofelia = (schedule: string, more = "") =>
  `[job-exec "a"]\nschedule = ${schedule}\ncontainer = b\ncommand = c\n${more}`;
const exec = { launch: "exec", container: "b" };
const stack = (deploy: string) =>
  `services:\n  a:\n    image: i\n    deploy:\n      restart_policy: { condition: none }\n${deploy}      labels: { swarm.cronjob.enable: "true", swarm.cronjob.schedule: "0 3 * * *" }\n`;
const chores = (cron: string) =>
  `services:\n  a:\n    labels: { deck-chores.a.command: b, deck-chores.a.cron: "${cron}" }\n`;
const compose = (cron: string) =>
  `name: a\njobs: { a: { image: i, network_mode: none, triggers: { schedule: ["${cron}"] } } }\n`;

/** What bites those who move, by name: what the source means, and what is said. */
const TRAPS: Readonly<Record<string, Trap>> = {
  "\\% in a crontab is a percent sign": {
    kind: "crontab",
    text: "5 5 * * * root date +\\%F\n",
    options: system,
    keys: { command: ["/bin/sh", "-c", "date +%F"] },
    codes: [],
  },
  "% in a crontab begins standard input, in quotes as well": {
    kind: "crontab",
    text: "5 5 * * * root a 'b%c'\n",
    options: system,
    keys: { command: ["/bin/sh", "-c", "printf '%s\\n' 'c'\\''' | (a 'b\n)"] },
    codes: ["warning import-stdin"],
  },
  "% in a crontab of BusyBox's is a percent sign": {
    kind: "crontab",
    text: "5 5 * * * date +%F\n",
    options: { flavour: "busybox", path: "crontabs/git" },
    keys: { command: ["/bin/sh", "-c", "date +%F"] },
    codes: [],
  },
  "the order of a crontab's assignments: they hold from their line on": {
    kind: "crontab",
    text: "5 5 * * * root a\nA=1\n6 6 * * * root b\n",
    options: system,
    keys: { environment: { SHELL: "/bin/sh", PATH: "/usr/bin:/bin", LOGNAME: "root", USER: "root" } },
    codes: ["warning import-env-order"],
  },
  "the order of supercronic's assignments: the last one holds for all": {
    kind: "crontab",
    text: "5 5 * * * a\nA=1\n",
    options: { flavour: "supercronic" },
    keys: { environment: { A: "1" } },
    codes: ["warning import-env-order"],
  },
  "; in an INI file begins a comment: what follows never ran": {
    kind: "ofelia",
    text: "[job-exec \"a\"]\nschedule = @daily\ncontainer = b\ncommand = sh -c 'x; y'\n",
    options: { flavour: "mcuadros" },
    codes: ["warning import-cut"],
    keys: exec,
  },
  "*/90 for the minute in a crontab is hourly": {
    kind: "crontab",
    text: "*/90 5 * * * root a\n",
    options: system,
    keys: { schedule: "*/60 5 * * *" },
    codes: ["warning import-step"],
  },
  "*/90 for the minute in a Compose file is hourly": {
    kind: "compose",
    text: compose("*/90 * * * *"),
    keys: { schedule: "0 * * * *" },
    codes: ["warning import-step"],
  },
  "@every 1h30m of docker-crontab is hourly": {
    kind: "docker-crontab",
    text: '[{"schedule": "@every 1h30m", "command": "a", "image": "i"}]',
    keys: { schedule: "0 * * * *" },
    codes: ["warning import-step"],
  },
  "Monday is 0 in deck-chores": {
    kind: "deck-chores",
    text: chores("0 3 0 0"),
    keys: { schedule: "0 3 * * MON" },
    codes: [],
  },
  "six fields in a crontab: cron takes five": {
    kind: "crontab",
    text: "0 0 3 * * * root a\n",
    options: system,
    codes: ["import-line"],
  },
  "six fields in supercronic: the last is the year": {
    kind: "crontab",
    text: "0 3 * * 1 * a\n",
    options: { flavour: "supercronic" },
    keys: { schedule: "0 3 * * MON" },
    codes: [],
  },
  "six fields in Ofelia: the first is the second": {
    kind: "ofelia",
    text: ofelia("5 0 3 * * 1"),
    options: { flavour: "mcuadros" },
    keys: { schedule: "5 0 3 * * MON" },
    codes: [],
  },
  "six fields in docker-crontab: the last would be the command": {
    kind: "docker-crontab",
    text: '[{"schedule": "0 0 3 * * *", "command": "a", "image": "i"}]',
    codes: ["import-line"],
  },
  "*/2 with a weekday in a crontab: both must match": {
    kind: "crontab",
    text: "0 3 */2 * 1 root a\n",
    options: system,
    keys: { schedule: "0 3 */2 * MON" },
    codes: [],
  },
  "*/2 with a weekday in mcuadros/ofelia: one is enough": {
    kind: "ofelia",
    text: ofelia("0 3 */2 * 1"),
    options: { flavour: "mcuadros-0.4" },
    keys: { schedule: ["0 3 */2 * *", "0 3 * * MON"] },
    codes: ["warning import-day-or"],
  },
  "*/2 with a weekday in netresearch/ofelia: both must match": {
    kind: "ofelia",
    text: ofelia("0 3 */2 * 1"),
    options: { flavour: "netresearch" },
    keys: { schedule: "0 3 */2 * +MON" },
    codes: ["warning import-day-and"],
  },
  "*/2 with a weekday in BusyBox's crond: even days, or the weekday": {
    kind: "crontab",
    text: "0 3 */15 * 1 a\n",
    options: { flavour: "busybox", path: "crontabs/git" },
    keys: { schedule: "0 3 15,30 * MON" },
    codes: ["warning import-step"],
  },
  "mcuadros/ofelia runs as root": {
    kind: "ofelia",
    text: ofelia("@daily"),
    options: { flavour: "mcuadros" },
    keys: { user: "root" },
    codes: [],
  },
  "netresearch/ofelia runs as nobody": {
    kind: "ofelia",
    text: ofelia("@daily"),
    options: { flavour: "netresearch" },
    keys: { user: "nobody" },
    codes: [],
  },
  "swarm-cronjob replaces a run that is active": {
    kind: "swarm-cronjob",
    text: stack(""),
    options: { project: "x" },
    keys: { overlap: "replace" },
    codes: [],
  },
  "@reboot is each start of cron there": {
    kind: "crontab",
    text: "@reboot root a\n",
    options: system,
    keys: { schedule: "@reboot" },
    codes: ["warning import-reboot"],
  },
  "the year 2026 in supercronic": {
    kind: "crontab",
    text: "0 0 1 1 * 2026 a\n",
    options: { flavour: "supercronic" },
    keys: { schedule: "0 0 0 1 1 * 2026" },
    codes: [],
  },
  "the year 2026 in deck-chores": {
    kind: "deck-chores",
    text: chores("2026 * * * * 3 0 0"),
    keys: { schedule: "0 0 3 * * * 2026" },
    codes: [],
  },
  "mode global runs on each node": {
    kind: "swarm-cronjob",
    text: stack("      mode: global\n"),
    options: { project: "x" },
    keys: { image: "i", nodes: "each" },
    codes: [],
  },
  "no line end at the end: cron passes over the line": {
    kind: "crontab",
    text: "5 5 * * * root a",
    options: system,
    codes: ["import-line-end"],
  },
};

describe("a trap", () => {
  test.each(Object.entries(TRAPS))("%s", async (_, { kind, text, options, keys, codes }) => {
    const { jobs, codes: said } = await importOne(kind, text, options);
    expect(said).toEqual(codes);
    if (keys === undefined) expect(jobs).toEqual([]);
    else expect(jobs[0]?.keys).toMatchObject(keys);
  });
});
