import { existsSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aptGet, findCommand, needRoot } from "../../lab/machine/packages.ts";
import { runCommand } from "../../lab/machine/run-command.ts";

/**
 * A clock that only sleep() moves, and jobs that are written down in place of being started. Debian's cron asks for the time by time(), waits
 * by sleep(), and begins each job with one fork(): so a year takes a second, and no machine is too slow for it. (libfaketime's faster clock
 * goes on while the process waits for its turn, and cron treats what is late by some minutes in another way.)
 */
const CLOCK = `
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static time_t now, end;
static int left;
static void begin(void) {
  if (now != 0) return;
  now = atol(getenv("CLOCK_FROM"));
  end = atol(getenv("CLOCK_END"));
  left = atoi(getenv("CLOCK_COUNT"));
}
time_t time(time_t *at) {
  begin();
  if (at != NULL) *at = now;
  return now;
}
unsigned sleep(unsigned seconds) {
  begin();
  now += seconds;
  if (now > end) _exit(0);
  return 0;
}
pid_t fork(void) {
  begin();
  dprintf(STDOUT_FILENO, "%ld\\n", (long)now);
  if (--left == 0) _exit(0);
  return 99999;
}
`;

/** Gives cron folders of its own, which end with it: the machine's crontabs are not seen, and its pid file is not written. */
const APART = `
mount --bind "$2" /var/spool
mount -t tmpfs none /run
test ! -e /etc/crontab || mount --bind /dev/null /etc/crontab
test ! -d /etc/cron.d || mount -t tmpfs none /etc/cron.d
exec env LD_PRELOAD="$1/clock.so" "$1/cron/usr/sbin/cron" -f -L 0
`;

/** Unpacks Debian's cron into a folder, and makes its clock. Returns why it cannot be had; undefined if it can. */
export async function unpackDebianCron(folder: string): Promise<string | undefined> {
  try {
    needRoot();
    if (!findCommand("gcc") || !existsSync("/usr/include/stdio.h"))
      await aptGet(["install", "--yes", "--no-install-recommends", "gcc", "libc6-dev"]);
    await aptGet(["-o", "APT::Sandbox::User=root", "download", "cron"], folder);
    await runCommand("sh", ["-c", `dpkg-deb --extract "$1"/cron_*.deb "$1/cron"`, "sh", folder]);
    await writeFile(join(folder, "clock.c"), CLOCK);
    await runCommand("gcc", ["-shared", "-fPIC", "-o", join(folder, "clock.so"), join(folder, "clock.c")]);
    return undefined;
  } catch (error) {
    return `Debian's cron cannot be had: ${String(error).slice(0, 200)}`;
  }
}

export interface CronAsked {
  /** One line of root's crontab. */
  readonly line: string;
  readonly zone: string;
  readonly from: Date;
  /** Cron is ended when its clock shows this, or after so many starts. */
  readonly until: Date;
  readonly count: number;
}

/** When Debian's cron starts the job of a line, to the minute, in ms since 1970. */
export async function startsOfDebianCron(folder: string, asked: CronAsked): Promise<readonly number[]> {
  const spool = await mkdtemp(join(folder, "spool-"));
  const table = join(spool, "cron/crontabs");
  await mkdir(table, { recursive: true });
  await writeFile(join(table, "root"), `${asked.line}\n`, { mode: 0o600 });
  const clock = [
    `TZ=${asked.zone}`,
    `CLOCK_FROM=${asked.from.getTime() / 1000}`,
    `CLOCK_END=${asked.until.getTime() / 1000}`,
    `CLOCK_COUNT=${asked.count}`,
  ];
  const printed = await runCommand("unshare", ["--mount", "env", ...clock, "sh", "-ec", APART, "sh", folder, spool]);
  return printed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Number(line) - (Number(line) % 60))
    .map((seconds) => seconds * 1000);
}
