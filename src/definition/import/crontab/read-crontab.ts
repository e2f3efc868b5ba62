import { BY_LOCAL_TIME, clockChanges } from "../clock-changes.ts";
import { nameOfCommand } from "../command-name.ts";
import type { WrongPattern } from "../fields.ts";
import {
  type Entry,
  type FileValue,
  type Finding,
  type FindingCode,
  type Imported,
  type ImportSettings,
  literal,
  type Place,
  type Quote,
  type SourceText,
  TO_DO,
} from "../imported.ts";
import { lockIn } from "../locks.ts";
import { type JobLine, readBusyboxLine, readCronLine, readSupercronicLine } from "./dialects.ts";
import {
  type Assignment,
  busyboxLinesOf,
  type CommandText,
  type Line,
  linesOf,
  readAssignment,
  readBusyboxAssignment,
  splitCommand,
} from "./lines.ts";

/**
 * Reads a crontab: of a user, or of the system, with a field for the user; for cronie, Debian's cron, supercronic or BusyBox's
 * crond. A line that the scheduler itself does not take becomes no job.
 */
export function readCrontab(source: SourceText, settings: ImportSettings): Imported {
  const flavour = FLAVOURS.find((each) => each === settings.flavour);
  // Alpine has them there.
  const isBusybox = /(?:^|\/)etc\/crontabs\//.test(source.path);
  return new CrontabReader(source, flavour ?? (isBusybox ? "busybox" : "cronie"), settings).read();
}

const FLAVOURS = ["cronie", "debian", "supercronic", "busybox"] as const;

type CrontabFlavour = (typeof FLAVOURS)[number];

class CrontabReader {
  readonly #source: SourceText;
  readonly #flavour: CrontabFlavour;
  readonly #settings: ImportSettings;
  readonly #isSystem: boolean;
  readonly #owner: string | undefined;
  readonly #entries: Entry[] = [];
  readonly #findings: Finding[] = [];
  /** Lines that belong to what comes next. */
  #quotes: Quote[] = [];
  #assignments: Map<string, string> = new Map();
  /** Whom cron mailed what jobs printed. */
  readonly #mailed = new Set<string>();

  constructor(source: SourceText, flavour: CrontabFlavour, settings: ImportSettings) {
    this.#source = source;
    this.#flavour = flavour;
    this.#settings = settings;
    this.#isSystem =
      (flavour === "cronie" || flavour === "debian") && (settings.layout ?? layoutOf(source.path)) === "system";
    this.#owner = ownerOf(source.path);
  }

  read(): Imported {
    const lines = this.#flavour === "busybox" ? busyboxLinesOf(this.#source.text) : linesOf(this.#source.text);
    if (this.#flavour === "supercronic") this.#assignAll(lines);
    for (const line of lines) this.#readLine(line);
    if (this.#quotes.length > 0) this.#entries.push({ kind: "remark", quotes: this.#quotes });
    this.#addGeneral();
    return { entries: this.#entries, findings: this.#findings, notes: [this.#defaults()] };
  }

  /** supercronic reads the whole file first: its last assignments hold for all jobs. */
  #assignAll(lines: readonly Line[]): void {
    const seen = new Map<string, Assignment>();
    let jobsBefore = 0;
    for (const { text, line } of lines) {
      if (isBlank(text) || isComment(text)) continue;
      const assignment = readSupercronicAssignment(text);
      if (assignment === undefined) {
        jobsBefore++;
        continue;
      }
      const { name, value } = assignment;
      const before = seen.get(name);
      if (jobsBefore > 0 || (before !== undefined && before.value !== value))
        this.#note(line, {
          code: "import-env-order",
          message: `${name} holds for all jobs of this file, those above it as well: supercronic takes the last value`,
        });
      seen.set(name, assignment);
      this.#assignments.set(name, value);
    }
  }

  #readLine(line: Line): void {
    const { text } = line;
    if (isBlank(text)) return;
    if (isComment(text)) {
      this.#keep(line);
      return;
    }
    const assignment = this.#readAssignment(line);
    if (assignment === undefined) {
      this.#entries.push(this.#readJob(line));
      return;
    }
    this.#keep(line);
    if (this.#flavour === "supercronic") return;
    if (this.#flavour === "busybox") this.#assignForBusybox(line, assignment);
    else if (line.isCut) this.#note(line.line, { code: "import-line-end", message: NO_LINE_END });
    else this.#assign(line, assignment);
  }

  #readAssignment({ text }: Line): Assignment | undefined {
    if (this.#flavour === "supercronic") return readSupercronicAssignment(text);
    if (this.#flavour !== "busybox") return readAssignment(text);
    const isJob =
      text
        .replace(/#.*$/s, "")
        .trim()
        .split(/[ \t]+/).length >= 6;
    return readBusyboxAssignment(text) ?? (isJob || !/^[ \t]*\w+[ \t]*=/.test(text) ? undefined : readAssignment(text));
  }

  #keep(line: Line): void {
    this.#quotes.push(...quotesOf(line));
  }

  #note(line: number, finding: { readonly code: FindingCode; readonly message: string; readonly hint?: string }): void {
    this.#findings.push({ ...finding, place: { line, column: 1 }, severity: "warning" });
  }

  #assign({ line }: Line, { name, value }: Assignment): void {
    const hasJobs = this.#entries.some(({ kind }) => kind === "job");
    if (hasJobs && this.#assignments.get(name) !== value)
      this.#note(line, {
        code: "import-env-order",
        message: `${name} holds from this line on: jobs above it do not have it`,
      });
    if (/\$[\w{(]|`/.test(value))
      this.#note(line, {
        code: "import-env",
        message: `cron fills in no variables: ${name} is "${value}", dollar signs included`,
        hint: "write the value in full if that was not meant",
      });
    if (name === "RANDOM_DELAY" && this.#flavour === "cronie")
      this.#note(line, {
        code: "import-jitter",
        message: `cronie delays each run by up to ${value} minutes, by a number that it draws at its start; here it starts on time`,
      });
    if (name === "CRON_TZ") this.#noteZone(line, value);
    this.#assignments = new Map(this.#assignments).set(name, value);
  }

  /** `SHELL` and `MAILTO` count from their line on, and nothing else does. */
  #assignForBusybox({ line, text }: Line, { name, value }: Assignment): void {
    if (readBusyboxAssignment(text) === undefined)
      this.#note(line, {
        code: "import-env",
        message: `crond sets no variable but SHELL, and passes over this line: jobs do not have ${name} from here`,
        hint: "environment of a job sets it",
      });
    else if (name === "PATH")
      this.#note(line, {
        code: "import-env",
        message: `crond takes this PATH only where it was built without mail, as Alpine's is not; jobs have the image's`,
        hint: "environment of a job sets another",
      });
    else this.#assignments = new Map(this.#assignments).set(name, value);
  }

  #noteZone(line: number, value: string): void {
    if (this.#flavour === "debian")
      this.#note(line, {
        code: "import-zone",
        message: `Debian's cron takes CRON_TZ=${value} for a variable of the jobs, and not for their time zone`,
      });
    else if (this.#settings.flavour === undefined)
      this.#note(line, {
        code: "import-flavour",
        message: `CRON_TZ=${value} is read as cronie reads it; Debian's cron does not know it`,
        hint: "--flavour cronie or --flavour debian says which",
      });
  }

  #readJob(line: Line): Entry {
    const findings: Finding[] = [];
    const place: Place = { line: line.line, column: line.text.length - line.text.trimStart().length + 1 };
    const quotes = [...this.#quotes, ...quotesOf(line)];
    this.#quotes = [];
    const refuse = (code: FindingCode, message: string, hint?: string): Entry => {
      const finding = { code, place, message, ...(hint !== undefined && { hint }) };
      return { kind: "not-imported", place, quotes, findings: [...findings, finding] };
    };
    const warn: Warn = (code, message, more = {}) =>
      findings.push({ code, place, message, severity: "warning", ...more });

    if (line.isCut && (this.#flavour === "cronie" || this.#flavour === "debian"))
      return refuse("import-line-end", NO_LINE_END, "end the line, if the job is to run");
    const text = this.#trimmed(line.text, warn);
    const read = readLine(text, this.#flavour);
    if ("wrong" in read)
      return refuse("import-line", `${this.#cron()} does not take this line: ${read.wrong}`, this.#onRefused());
    if (read.hasSeconds && read.schedules.some((schedule) => schedule.split(" ").length === 6))
      warn("import-seconds", "the first of seven fields is the second; here it is the first of six", {
        key: "schedule",
      });
    for (const note of read.notes) warn(note.code, note.message, { key: "schedule" });

    const zone = this.#zone();
    const wrong = read.schedules
      .map((schedule) => this.#settings.checkSchedule(schedule, zone))
      .find((each) => each !== undefined);
    if (wrong !== undefined) return refuse("import-schedule", wrong);
    const user = this.#userOf(read, warn);
    if (user.command.trim() === "")
      return refuse("import-line", `${this.#cron()} does not take this line: it has no command`);
    const keys = this.#keys({ ...user, schedules: read.schedules, zone }, warn);
    return { kind: "job", name: nameOfCommand(user.command), place, quotes, keys, findings };
  }

  /** Leaves out what comes before the fields, and a carriage return. */
  #trimmed(written: string, warn: Warn): string {
    let text = written.replace(/^[ \t]+/, "");
    if (text.endsWith("\r")) {
      warn("import-line", "the line ends with a carriage return, which cron gives to the command; it is left out here");
      text = text.slice(0, -1);
    }
    if (!text.startsWith("-") || this.#flavour === "supercronic" || this.#flavour === "busybox") return text;
    warn("import-log", "a minus sign in front keeps cron from logging each start; shipbell logs them all");
    return text.slice(1);
  }

  #userOf({ rest }: JobLine, warn: Warn): { readonly user?: string; readonly command: string } {
    if (!this.#isSystem) {
      const [first = ""] = rest.split(/[ \t]/, 1);
      if (this.#flavour !== "supercronic" && /^(?:root|www-data|nobody)$/.test(first))
        warn("import-user", `the command begins with "${first}", as in a crontab with a field for the user`, {
          hint: "--system reads that field",
        });
      return { ...(this.#owner !== undefined && { user: this.#owner }), command: rest };
    }
    const [, user = "", command = ""] = /^([^ \t]*)[ \t]*(.*)$/s.exec(rest) ?? [];
    return { user, command };
  }

  #keys(
    {
      user,
      command: written,
      schedules,
      zone,
    }: {
      readonly user?: string;
      readonly command: string;
      readonly schedules: readonly string[];
      readonly zone: string;
    },
    warn: Warn,
  ): Record<string, FileValue> {
    const isSupercronic = this.#flavour === "supercronic";
    const shell = this.#assignments.get("SHELL") ?? "/bin/sh";
    const mailTo = this.#assignments.get("MAILTO");
    if (!isSupercronic && mailTo) this.#mailed.add(mailTo);
    const { command, input } = this.#splitCommand(written, warn);
    if (input !== undefined)
      warn("import-stdin", "what follows % is the command's standard input, with a line end for each further %", {
        key: "command",
      });
    warnOfCommand(command, warn);
    const lock = lockIn(command);
    if (lock !== undefined) warn("import-lock", lock.message, { key: "overlap", hint: lock.hint });
    const home = isSupercronic ? undefined : (this.#assignments.get("HOME") ?? (user === "root" ? "/root" : undefined));
    const script = input === undefined || input === "" ? command : withInput(command, input);
    const [schedule = "", ...others] = schedules;
    return {
      schedule: others.length === 0 ? schedule : schedules,
      timezone: zone,
      overlap: isSupercronic || this.#flavour === "busybox" ? "forbid" : (lock?.overlap ?? "allow"),
      catch_up: "none",
      image: this.#settings.image ?? TO_DO,
      ...(user !== undefined && { user: literal(user) }),
      ...(home !== undefined && { working_dir: literal(home) }),
      ...this.#environment(user, shell),
      // No mail there: no notice here.
      ...(!isSupercronic && mailTo === "" && { notify: [] }),
      entrypoint: [],
      command: [shell, "-c", script].map(literal),
    };
  }

  #splitCommand(written: string, warn: Warn): CommandText {
    if (this.#flavour === "supercronic") return { command: written };
    if (this.#flavour !== "busybox") return splitCommand(written);
    const command = written.replace(/#.*$/s, "").trimEnd();
    const cut = written.slice(written.indexOf("#"));
    // A shell takes it for a comment as well where it stands outside of quotes.
    if (written.includes("#") && !isShellComment(command, written))
      warn("import-cut", `crond takes "${cut}" for a comment, quotes and backslashes or not: it ran ${command}`, {
        key: "command",
        hint: "the command may be a script, which may have it",
      });
    return { command };
  }

  /**
   * cron starts from nothing but its own few variables; supercronic and BusyBox's crond pass on those of their container, which
   * the image has.
   */
  #environment(user: string | undefined, shell: string): Record<string, FileValue> {
    const notGiven = this.#flavour === "busybox" ? ["MAILTO", "SHELL"] : ["CRON_TZ", "RANDOM_DELAY"];
    const given = [...this.#assignments].filter(([name]) => !notGiven.includes(name));
    const known: [string, string][] =
      user === undefined
        ? []
        : [
            ["LOGNAME", user],
            ["USER", user],
          ];
    const own: [string, string][] =
      this.#flavour === "supercronic"
        ? []
        : [["SHELL", shell], ...(this.#flavour === "busybox" ? [] : [["PATH", "/usr/bin:/bin"] as [string, string]])];
    const all = Object.fromEntries([...own, ...given, ...(this.#flavour === "supercronic" ? [] : known)]);
    const texts = Object.entries(all).map(([name, value]) => [name, literal(value)]);
    return texts.length === 0 ? {} : { environment: Object.fromEntries(texts) };
  }

  #zone(): string {
    const hasZone = this.#flavour === "cronie" || this.#flavour === "supercronic";
    const zone = hasZone ? this.#assignments.get("CRON_TZ") : undefined;
    return zone === undefined || zone === "" ? this.#settings.zone.name : zone;
  }

  #addGeneral(): void {
    const jobs = this.#entries.filter((entry) => entry.kind === "job");
    const first = jobs[0]?.place;
    if (first === undefined) return;
    const add = (finding: Omit<Finding, "place" | "severity">) =>
      this.#findings.push({ ...finding, place: first, severity: "warning" });
    const { zone, image, flavour } = this.#settings;
    if (flavour === undefined && this.#flavour === "busybox")
      add({
        code: "import-flavour",
        message: "it is read as that of BusyBox's crond, which has its files here, in Alpine",
        hint: "--flavour cronie says that it is another cron",
      });
    if (this.#flavour === "busybox") this.#findings.push(...clockChanges("crond", jobs, BY_LOCAL_TIME));
    if (!zone.isGiven && jobs.some(({ keys }) => keys.timezone === zone.name))
      add({
        code: "import-zone",
        message: `${this.#cron()} read these schedules in the zone of its machine, which is not known here; ${zone.name} is taken`,
        hint: "--timezone says which it was",
      });
    if (image === undefined)
      add({
        code: "import-image",
        message: "the image that has these commands is not known; image is TODO, which check refuses",
        hint: "--image IMAGE",
      });
    if (!this.#isSystem && this.#owner === undefined && this.#flavour !== "supercronic")
      add({
        code: "import-user",
        message: "the commands ran as the owner of the crontab, in the owner's home folder; here as the image says",
        hint: "user and working_dir say otherwise",
      });
    const mail = [...this.#mailed];
    if (mail.length > 0)
      add({
        code: "import-mail",
        message: `cron mailed what the jobs printed to ${mail.join(", ")}; shipbell logs it`,
      });
  }

  #cron(): string {
    if (this.#flavour === "busybox") return "crond";
    return this.#flavour === "supercronic" ? "supercronic" : "cron";
  }

  #onRefused(): string | undefined {
    return this.#flavour === "supercronic" ? "with such a line, supercronic does not start" : undefined;
  }

  #defaults(): string {
    if (this.#flavour === "busybox")
      return "BusyBox's crond starts no run of a line while one is active, and makes up for nothing it missed: overlap and catch_up say so. catch_up: last, the default, would make up for the last one.";
    return this.#flavour === "supercronic"
      ? "supercronic starts no run while one is active, and makes up for nothing it missed: overlap and catch_up say so. catch_up: last, the default, would make up for the last one."
      : "cron starts a run next to one that is active, and makes up for nothing it missed: overlap and catch_up say so. The defaults, forbid and last, are the better choice for most jobs.";
  }
}

type Warn = (code: FindingCode, message: string, more?: { readonly key?: string; readonly hint?: string }) => void;

const NO_LINE_END = "the file ends within this line, and cron passes over a line without an end: it never ran";

function isBlank(text: string): boolean {
  return text.trim() === "";
}

function isComment(text: string): boolean {
  return /^[ \t]*#/.test(text);
}

/** `/etc/crontab` and the files of `/etc/cron.d` have a field for the user. */
function layoutOf(path: string): "system" | "user" {
  return /(?:^|\/)(?:cron\.d\/[^/]+|etc\/crontab)$/.test(path) ? "system" : "user";
}

/** A crontab among those of users bears its owner's name. */
function ownerOf(path: string): string | undefined {
  return /(?:^|\/)(?:crontabs|spool\/cron|cron\/tabs)\/([a-z_][\w-]*)$/.exec(path)?.[1];
}

/** supercronic's: the name up to the sign, and quotes round the value that are the same. */
function readSupercronicAssignment(text: string): Assignment | undefined {
  const [, name, value = ""] = /^([^\s=]+)\s*=\s*(.*)$/s.exec(text.replace(/^[ \t]+/, "")) ?? [];
  if (name === undefined) return undefined;
  const isQuoted = /^(["']).*\1$/s.test(value) && value.length > 1;
  return { name, value: isQuoted ? value.slice(1, -1) : value };
}

function quotesOf({ line, text, written }: Line): readonly Quote[] {
  return written ?? [{ line, text }];
}

function readLine(text: string, flavour: CrontabFlavour): JobLine | WrongPattern {
  if (flavour === "supercronic") return readSupercronicLine(text);
  return flavour === "busybox" ? readBusyboxLine(text) : readCronLine(text, flavour);
}

/** True if what follows a `#` is a comment to a shell, too: it begins a word, and no quote is open before it. */
function isShellComment(before: string, written: string): boolean {
  const at = written.indexOf("#");
  return /[ \t;]/.test(written.charAt(at - 1)) && !/['"]/.test(before.replaceAll(/'[^']*'|"(?:[^"\\]|\\.)*"/g, ""));
}

function warnOfCommand(command: string, warn: Warn): void {
  const [, folder] = /\brun-parts\b[^;&|]*?\s(\/[^\s;&|)]+)/.exec(command) ?? [];
  if (folder !== undefined)
    warn(
      "import-run-parts",
      `run-parts runs the files of ${folder} whose names have only letters, digits, _ and -; the image needs both`,
      { key: "command" },
    );
  const [, file] = /(?:^|[^0-9<>])(?:[12&]?>>?|\|\s*tee(?:\s+-a)?)\s*([^\s;&|<>]+)/.exec(command) ?? [];
  if (file !== undefined && !/^(?:\/dev\/|\/proc\/|&)/.test(file))
    warn("import-output", `the output goes to ${file}, inside the container of the run, and is removed with it`, {
      key: "command",
      hint: "without the redirection shipbell logs it",
    });
}

/** A shell that gives the command its standard input. The command ends its line, so that a comment hides no bracket. */
function withInput(command: string, input: string): string {
  const lines = input.slice(0, -1).split("\n");
  return `printf '%s\\n' ${lines.map(quoted).join(" ")} | (${command}\n)`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
