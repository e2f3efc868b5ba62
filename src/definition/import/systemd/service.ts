import { formatDuration } from "../../values/duration.ts";
import { splitShellWords } from "../../values/shell-words.ts";
import { type FileValue, type ImportSettings, literal, TO_DO } from "../imported.ts";
import { lockIn } from "../locks.ts";
import { type DockerJob, readDockerCommand } from "./docker-command.ts";
import {
  type ExecCommand,
  fillSpecifiers,
  fillVariables,
  type KnownVariables,
  type Piece,
  readExecLine,
  readWords,
  specifiersOf,
} from "./exec-line.ts";
import { readTimeSpan } from "./time-span.ts";
import { allOf, isYes, lastOf, type Refusal, type Warn } from "./timer.ts";
import type { Directive, Unit } from "./unit-files.ts";

/** What a service runs, as keys of a job. */
export interface ServiceKeys {
  readonly keys: Readonly<Record<string, FileValue>>;
  /** Its runs are not waited for, so that several may be there at once. */
  readonly isDetached: boolean;
}

/** Reads the `[Service]` of a unit, whose name (`backup@home.service`) fills in `%i` and its like. */
export function readService(unit: Unit, settings: ImportSettings, warn: Warn): ServiceKeys | Refusal {
  return new ServiceReader(unit, settings, warn).read();
}

class ServiceReader {
  readonly #unit: Unit;
  readonly #settings: ImportSettings;
  readonly #warn: Warn;
  readonly #type: string;

  constructor(unit: Unit, settings: ImportSettings, warn: Warn) {
    this.#unit = unit;
    this.#settings = settings;
    this.#warn = warn;
    const given = this.#last("Type")?.value;
    this.#type =
      given ?? (this.#all("ExecStart").length === 0 || this.#all("ExecStart").length > 1 ? "oneshot" : "simple");
  }

  read(): ServiceKeys | Refusal {
    const filled = this.#filled();
    if ("refused" in filled) return filled;
    const remains = this.#last("RemainAfterExit");
    if (remains !== undefined && isYes(remains))
      return refusal(
        "import-lifecycle",
        "RemainAfterExit= keeps it active after its first run: its timer starts it once, and not again",
        { at: remains, hint: "leave it out, if the job is to run each time" },
      );
    const restart = this.#last("Restart");
    if (restart !== undefined && /^(?:always|on-success)$/.test(restart.value))
      return refusal(
        "import-lifecycle",
        `Restart=${restart.value} starts it again whenever it ends: it is no job, but a service`,
        {
          at: restart,
        },
      );
    if (/^(?:forking|notify|notify-reload|dbus)$/.test(this.#type))
      this.#warn(
        "import-lifecycle",
        `Type=${this.#type}: the run ends here when its first process does`,
        atOf(this.#last("Type")),
      );
    this.#warnOfLifecycle();
    const commands = this.#commands();
    if ("refused" in commands) return commands;
    const run = this.#runKeys(commands, filled);
    if ("refused" in run) return run;
    return { isDetached: run.isDetached, keys: { ...this.#policies(), ...run.keys } };
  }

  #last(key: string): Directive | undefined {
    return lastOf(this.#unit, "Service", key);
  }

  #all(key: string): readonly Directive[] {
    return allOf(this.#unit, "Service", key);
  }

  /** The values that are needed, with their specifiers filled in. */
  #filled(): Filled | Refusal {
    const filled = new Map<string, readonly Directive[]>();
    for (const key of FILLED) {
      const own: Directive[] = [];
      for (const directive of this.#all(key)) {
        const value = this.#fill(directive.value, directive);
        if (typeof value !== "string") return value;
        own.push({ ...directive, value });
      }
      filled.set(key, own);
    }
    return { all: (key) => filled.get(key) ?? [], one: (key) => filled.get(key)?.at(-1)?.value };
  }

  #fill(text: string, at: Directive): string | Refusal {
    const filled = fillSpecifiers(text, specifiersOf(this.#unit.name));
    if (typeof filled === "string") return filled;
    const { unknown } = filled;
    const isInstance = /^%[iIfJ]$/.test(unknown);
    return refusal("import-variables", `${unknown} in ${at.key}= stands for something that only the machine knows`, {
      at,
      hint: isInstance
        ? `name the files after an instance: ${this.#unit.name.replace("@", "@NAME")}`
        : "write it in full",
    });
  }

  /** Words are split first: what a specifier stands for stays one. */
  #fillWords(words: readonly string[], at: Directive): readonly string[] | Refusal {
    const filled: string[] = [];
    for (const word of words) {
      const text = this.#fill(word, at);
      if (typeof text !== "string") return text;
      filled.push(text);
    }
    return filled;
  }

  #warnOfLifecycle(): void {
    for (const directive of this.#unit.directives) {
      const { section, key, value } = directive;
      if (value === "") continue;
      if (section === "Service" && key === "ExecCondition")
        this.#warn(
          "import-condition",
          `ExecCondition=${value}: it ran only after that succeeded; here it runs each time`,
          { at: directive },
        );
      if (section === "Unit" && /^(?:OnFailure|OnSuccess)$/.test(key))
        this.#warn(
          key === "OnFailure" ? "import-notify" : "import-lifecycle",
          `${key}=${value} starts a unit afterwards, which is not imported`,
          {
            at: directive,
            hint: `${key === "OnFailure" ? "notify says who is notified of a failure; " : ""}after: in a job names the one whose end starts it`,
          },
        );
      if (section === "Unit" && /^(?:Requires|Wants|BindsTo|Requisite|Upholds|PartOf|Conflicts)$/.test(key)) {
        const others = value
          .split(/\s+/)
          .filter((name) => !/\.target$|^(?:docker|containerd|podman)\.(?:service|socket)$|^-\.mount$/.test(name));
        if (others.length > 0)
          this.#warn(
            "import-lifecycle",
            `${key}=${others.join(" ")} ties it to other units; here it is started alone`,
            { at: directive },
          );
      }
      if (section === "Service" && /^Exec(?:Stop|StopPost)$/.test(key)) {
        const isRemoval = /^[-@:+!]*\S*docker (?:rm|stop|kill)\b/.test(value);
        const why = isRemoval
          ? "is not needed: shipbell stops and removes containers"
          : "ran when it ended; it is left out here";
        this.#warn("import-lifecycle", `${key}=${value} ${why}`, { at: directive });
      }
    }
  }

  #commands(): readonly PlacedCommand[] | Refusal {
    const commands: PlacedCommand[] = [];
    for (const key of ["ExecStartPre", "ExecStart", "ExecStartPost"] as const) {
      for (const directive of this.#all(key)) {
        const read = readExecLine(directive.value);
        if ("wrong" in read)
          return refusal("import-line", `systemd does not take this line: ${read.wrong}`, { at: directive });
        for (const command of read) {
          const words = this.#fillWords(command.words, directive);
          if ("refused" in words) return words;
          commands.push({ ...command, words, directive, key });
        }
      }
    }
    const main = commands.filter(({ key }) => key === "ExecStart");
    const [, second] = main;
    if (main.length === 0)
      return refusal("import-line", `systemd does not take ${this.#unit.name}: it has no ExecStart=`, {});
    if (second !== undefined && this.#type !== "oneshot")
      return refusal(
        "import-line",
        `systemd takes several ExecStart= with Type=oneshot alone, and not with Type=${this.#type}`,
        {
          at: second.directive,
        },
      );
    return commands;
  }

  #runKeys(commands: readonly PlacedCommand[], filled: Filled): RunKeys | Refusal {
    const variables = this.#variables(filled);
    if ("refused" in variables) return variables;
    const workingDir = workingDirOf(filled);
    const surroundings = {
      variable: (name: string) => (variables.hasOthers ? undefined : variables.values.get(name)),
      ...(workingDir !== undefined && { workingDir }),
    };
    const empty = new Set<string>();
    const read = commands.map((command) => {
      const isVerbatim = command.prefixes.includes(":");
      const words = isVerbatim
        ? { words: command.words.map((word) => [word]), empty: [] }
        : fillVariables(command.words.slice(1), variables);
      const pieces = isVerbatim ? words.words : [[command.words[0] ?? ""], ...words.words];
      for (const name of words.empty) empty.add(name);
      return { ...command, pieces };
    });
    for (const name of empty)
      this.#warn("import-env", `no Environment= sets ${name}: systemd fills in nothing for it`, {});
    const docker = read.map((command) => {
      const words = dockerWords(command.pieces);
      return { command, words, job: words && readDockerCommand(words.map(markText), surroundings) };
    });
    const main = docker.filter(({ command }) => command.key === "ExecStart");
    const [only] = main;
    for (const { command } of main) this.#warnOfPrefixes(command);
    if (only?.job !== undefined && main.length === 1 && !("cannot" in only.job)) {
      const rest = this.#aroundDocker(docker.filter(({ command }) => command.key !== "ExecStart"));
      if ("refused" in rest) return rest;
      return this.#dockerKeys(only.job, { command: only.command, pulls: rest.pulls, variables });
    }
    if (main.filter(({ job }) => job !== undefined).length > 1)
      return refusal(
        "import-lifecycle",
        `it runs ${main.length} commands of docker, one after the other; a job runs one`,
        {
          at: main[1]?.command.directive,
          hint: "make a timer and a service of each",
        },
      );
    const failed = main.find(({ job }) => job !== undefined && "cannot" in job);
    if (failed?.job !== undefined && "cannot" in failed.job)
      this.#warn(
        "import-local",
        `${failed.job.cannot}: the command stays as it is, and its image needs docker, and the engine's socket`,
        { at: failed.command.directive, key: "command" },
      );
    return this.#plainKeys(read, { filled, variables, workingDir });
  }

  #warnOfPrefixes({ prefixes, directive }: PlacedCommand): void {
    if (prefixes.includes("-"))
      this.#warn("import-key", "a - in front makes systemd take its failure for success; here the run fails", {
        at: directive,
        hint: "success_exit_codes says which exit codes count as success",
      });
  }

  /** Preparations of a container: it is removed, and its image pulled. */
  #aroundDocker(
    others: readonly { readonly command: PlacedCommand; readonly words: readonly Piece[][] | undefined }[],
  ): { readonly pulls: boolean } | Refusal {
    let pulls = false;
    for (const { command, words } of others) {
      const [program = "", verb = "", ...args] = (words ?? []).map(markText);
      const isDocker = /(?:^|\/)docker$/.test(program);
      const { directive } = command;
      if (isDocker && /^(?:rm|kill|stop)$/.test(verb)) {
        this.#warn(
          "import-lifecycle",
          `"docker ${verb} ${args.join(" ")}" is not needed: each run has a container of its own, which shipbell removes`,
          { at: directive },
        );
      } else if (isDocker && verb === "pull") pulls = true;
      else
        return refusal(
          "import-lifecycle",
          `${command.key}=${directive.value} runs next to the container; a job runs one command`,
          {
            at: directive,
            hint: "let the command of the container do it",
          },
        );
    }
    return { pulls };
  }

  #dockerKeys({ keys, notes, isDetached }: DockerJob, { command, pulls, variables }: DockerParts): RunKeys {
    for (const { code, message, key, hint } of notes)
      this.#warn(code, message, {
        at: command.directive,
        ...(key !== undefined && { key }),
        ...(hint !== undefined && { hint }),
      });
    if (isDetached)
      this.#warn(
        "import-lifecycle",
        "with --detach the unit ends at once, so that several runs may be there; here too, and their end counts",
        {
          at: command.directive,
          key: "overlap",
        },
      );
    const marked = Object.entries({
      ...keys,
      ...(pulls && keys.pull_policy === undefined && keys.image !== undefined && { pull_policy: "always" }),
    });
    const names = new Set<string>();
    const written = marked.map(([key, value]) => [key, unmark(value, names)] as const);
    for (const name of names)
      this.#warn(
        "import-variables",
        `${name} comes from a file or from systemd, and is here a variable of shipbell's own, or of .env next to the file`,
        {
          at: command.directive,
        },
      );
    void variables;
    return { isDetached: isDetached === true, keys: Object.fromEntries(written) };
  }

  #plainKeys(commands: readonly FilledCommand[], { filled, variables, workingDir }: PlainParts): RunKeys | Refusal {
    const image = this.#settings.image;
    if (image === undefined)
      this.#warn(
        "import-image",
        "the command ran on the machine itself, and the image that has it is not known; image is TODO, which check refuses",
        {
          key: "image",
          hint: "--image IMAGE",
          ...atOf(commands.find(({ key }) => key === "ExecStart")?.directive),
        },
      );
    const main = commands.filter(({ key }) => key === "ExecStart");
    const after = commands.filter(({ key }) => key === "ExecStartPost");
    if (after.length > 0 && this.#type !== "oneshot")
      return refusal(
        "import-lifecycle",
        `ExecStartPost= runs while the command does, with Type=${this.#type}; a job runs one command`,
        {
          at: after[0]?.directive,
        },
      );
    for (const { prefixes, directive } of commands)
      if (prefixes.includes("@"))
        this.#warn("import-key", "an @ in front gives the program another name for itself; here it has its own", {
          at: directive,
        });
    for (const { directive } of commands) {
      const lock = lockIn(directive.value);
      if (lock !== undefined)
        this.#warn("import-lock", lock.message, {
          at: directive,
          key: "command",
          hint: "a volume for the file of the lock keeps runs of several jobs apart",
        });
    }
    const isOne = commands.length === 1 && main.length === 1;
    const [first] = commands;
    const pieces = first === undefined ? [] : withoutName(first);
    const isExact = isOne && pieces.every((word) => word.every((piece) => typeof piece === "string"));
    const command = isExact
      ? pieces.map((word) => literal(word.join("")))
      : ["/bin/sh", "-c", literal(scriptOf(commands))];
    if (!isExact && !isOne)
      this.#warn(
        "import-local",
        `${commands.length} commands become one: a shell of the image runs them, one after the other`,
        { key: "command", ...atOf(commands[0]?.directive) },
      );
    const user = this.#userOf(filled, main);
    return {
      isDetached: false,
      keys: {
        image: image ?? TO_DO,
        ...(user !== undefined && { user: literal(user) }),
        ...(workingDir !== undefined && { working_dir: literal(workingDir) }),
        ...environmentKeys(variables, filled, this.#warn),
        ...this.#resources(),
        entrypoint: [],
        command,
      },
    };
  }

  /** The system manager runs services as root, unless they say otherwise. */
  #userOf({ one }: Filled, main: readonly PlacedCommand[]): string | undefined {
    const dynamic = this.#last("DynamicUser");
    if (dynamic !== undefined && isYes(dynamic)) {
      this.#warn("import-user", "DynamicUser= makes a user for each run; here it runs as the image says", {
        at: dynamic,
      });
      return undefined;
    }
    if (/(?:^|\/)\.?(?:config\/)?systemd\/user\//.test(this.#unit.place.path ?? "")) {
      this.#warn("import-user", "the units are of a user, who is not known here: it runs as the image says", {
        hint: "user says otherwise",
      });
      return undefined;
    }
    const isPrivileged = main.some(({ prefixes }) => /[+!]/.test(prefixes));
    const user = isPrivileged ? "root" : (one("User") ?? "root");
    const group = isPrivileged ? undefined : one("Group");
    return group === undefined ? user : `${user}:${group}`;
  }

  #variables({ all, one }: Filled): KnownVariables | Refusal {
    const values = new Map<string, string>();
    for (const directive of this.#all("Environment")) {
      const split = readWords(directive.value);
      const words = "wrong" in split ? split : this.#fillWords(split, directive);
      if ("refused" in words) return words;
      if ("wrong" in words)
        return refusal("import-line", `systemd does not take this line: ${words.wrong}`, { at: directive });
      for (const word of words) {
        const at = word.indexOf("=");
        if (at > 0) values.set(word.slice(0, at), word.slice(at + 1));
      }
    }
    const passed = one("PassEnvironment");
    return { values, hasOthers: all("EnvironmentFile").length > 0 || passed !== undefined };
  }

  #resources(): Record<string, FileValue> {
    const value = (key: string) => {
      const text = this.#last(key)?.value;
      return text === undefined || text === "infinity" ? undefined : text;
    };
    const memory = value("MemoryMax") ?? value("MemoryLimit");
    const quota = /^(\d+(?:\.\d+)?)%$/.exec(value("CPUQuota") ?? "")?.[1];
    const files = value("LimitNOFILE")?.split(":");
    const [soft = "", hard] = files ?? [];
    return {
      ...(memory !== undefined && /^\d+[KMGT]?$/i.test(memory) && { mem_limit: memory.toLowerCase() }),
      ...(quota !== undefined && { cpus: String(Number(quota) / 100) }),
      ...(/^\d+$/.test(value("TasksMax") ?? "") && { pids_limit: value("TasksMax") ?? "" }),
      ...(value("OOMScoreAdjust") !== undefined && { oom_score_adj: value("OOMScoreAdjust") ?? "" }),
      ...(/^\d+$/.test(soft) && { ulimits: { nofile: hard === undefined ? soft : { soft, hard } } }),
    };
  }

  #policies(): Record<string, FileValue> {
    const timeout = this.#timeout();
    const stop = this.#last("TimeoutStopSec") ?? this.#last("TimeoutSec");
    const stopMs = stop === undefined ? undefined : readTimeSpan(stop.value);
    const signal = this.#last("KillSignal")?.value;
    return {
      ...this.#retries(),
      ...(timeout !== undefined && { timeout: formatDuration(timeout) }),
      ...(typeof stopMs === "number" && stopMs > 0
        ? { stop_grace_period: formatDuration(stopMs) }
        : timeout !== undefined && { stop_grace_period: formatDuration(90_000) }),
      ...(signal !== undefined &&
        /^(?:SIG)?[A-Z][A-Z0-9+-]*$/.test(signal) && {
          stop_signal: signal.startsWith("SIG") ? signal : `SIG${signal}`,
        }),
      ...this.#exitCodes(),
    };
  }

  /** A oneshot service is starting for as long as it runs; the others run for `RuntimeMaxSec=` at most. */
  #timeout(): number | undefined {
    const isOneshot = this.#type === "oneshot";
    const directive = isOneshot
      ? (this.#last("TimeoutStartSec") ?? this.#last("TimeoutSec"))
      : this.#last("RuntimeMaxSec");
    const ms = directive === undefined ? undefined : readTimeSpan(directive.value);
    return typeof ms === "number" && ms > 0 ? ms : undefined;
  }

  #retries(): Record<string, FileValue> {
    const restart = this.#last("Restart");
    if (restart === undefined || restart.value === "no") return {};
    const delay = readTimeSpan(this.#last("RestartSec")?.value ?? "100ms");
    const delayMs = typeof delay === "number" && delay > 0 ? Math.max(1, Math.round(delay)) : 1;
    const find = (key: string) => lastOf(this.#unit, "Unit", key) ?? this.#last(key);
    const burst = Number(find("StartLimitBurst")?.value ?? 5);
    const interval = readTimeSpan((find("StartLimitIntervalSec") ?? find("StartLimitInterval"))?.value ?? "10s");
    const isBounded =
      burst > 0 && interval !== 0 && (interval === "infinity" || delayMs * burst <= (interval ?? 10_000));
    const limit = isBounded ? Math.min(100, Math.max(1, burst - 1)) : 100;
    const on = restart.value === "on-failure" ? ["failed", "timed-out"] : ["timed-out"];
    this.#warn(
      "import-retries",
      `Restart=${restart.value} starts it again ${isBounded ? `up to ${limit} times` : "without end"} there${restart.value === "on-failure" ? "" : ", after a signal as well"}; here the run gets at most ${limit} further attempts, and stays active meanwhile`,
      { at: restart, key: "retries" },
    );
    const written = formatDuration(delayMs);
    return { retries: { limit: String(limit), delay: written, max_delay: written, on } };
  }

  #exitCodes(): Record<string, FileValue> {
    const words = this.#all("SuccessExitStatus").flatMap(({ value }) => value.split(/\s+/));
    if (words.length === 0) return {};
    const codes = words.map((word) =>
      /^\d{1,3}$/.test(word) ? Number(word) : (EXIT_CODES.get(word) ?? signalCode(word)),
    );
    const unknown = words.filter((_, index) => codes[index] === undefined);
    if (unknown.length > 0)
      this.#warn(
        "import-key",
        `SuccessExitStatus= has ${unknown.join(", ")}, which is no exit code here`,
        atOf(this.#last("SuccessExitStatus")),
      );
    const known = [...new Set([0, ...codes.filter((code) => code !== undefined)])];
    return { success_exit_codes: known.map(String) };
  }
}

/** Keys whose values may have specifiers, and are used here. */
const FILLED = ["EnvironmentFile", "PassEnvironment", "User", "Group", "WorkingDirectory"];

interface Filled {
  readonly all: (key: string) => readonly Directive[];
  readonly one: (key: string) => string | undefined;
}

interface PlacedCommand extends ExecCommand {
  readonly directive: Directive;
  readonly key: "ExecStartPre" | "ExecStart" | "ExecStartPost";
}

interface FilledCommand extends PlacedCommand {
  readonly pieces: readonly (readonly Piece[])[];
}

interface RunKeys {
  readonly keys: Readonly<Record<string, FileValue>>;
  readonly isDetached: boolean;
}

interface DockerParts {
  readonly command: PlacedCommand;
  readonly pulls: boolean;
  readonly variables: KnownVariables;
}

interface PlainParts {
  readonly filled: Filled;
  readonly variables: KnownVariables;
  readonly workingDir: string | undefined;
}

function refusal(
  code: Refusal["code"],
  refused: string,
  { at, hint }: { readonly at?: Directive | undefined; readonly hint?: string },
): Refusal {
  return { code, refused, ...(at !== undefined && { at }), ...(hint !== undefined && { hint }) };
}

function atOf(at: Directive | undefined): { readonly at?: Directive } {
  return at === undefined ? {} : { at };
}

function workingDirOf({ one }: Filled): string | undefined {
  const folder = one("WorkingDirectory")?.replace(/^-/, "");
  if (folder === "~") return "/root";
  return folder === undefined || folder === "" ? undefined : folder;
}

/** The words of a command of docker; of a shell that only runs one, the words of that. */
function dockerWords(pieces: readonly (readonly Piece[])[]): readonly Piece[][] | undefined {
  const words = pieces.map((word) => [...word]);
  const [[program] = [], [flag] = [], [script, ...more] = [], ...others] = words;
  const isShell = typeof program === "string" && /(?:^|\/)(?:sh|bash|dash)$/.test(program);
  if (!isShell || typeof flag !== "string" || !/^-[elux]*c$/.test(flag)) return words;
  if (typeof script !== "string" || more.length > 0 || others.length > 0 || /[$`*?[\]~!{}#\n]/.test(script))
    return words;
  const split = splitShellWords(script.replace(/^\s*exec\s+/, ""));
  return "words" in split ? split.words.map((word) => [word]) : words;
}

const MARK = "\uE000";

/** A variable that is not known stands between two marks until the text is written. */
function markText(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => (typeof piece === "string" ? piece.replaceAll(MARK, "") : `${MARK}${piece.variable}${MARK}`))
    .join("");
}

/** Writes texts as a schedule file must have them; marked variables become variables of the file. */
function unmark(value: FileValue, names: Set<string>): FileValue {
  if (value === null) return value;
  if (typeof value === "string") {
    return literal(value).replaceAll(/\uE000(\w+)\uE000/g, (_, name: string) => {
      names.add(name);
      return `\${${name}}`;
    });
  }
  if (Array.isArray(value)) return value.map((item: FileValue) => unmark(item, names));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unmark(item, names)]));
}

/** With `@` the second word is the program's name for itself. */
function withoutName({ prefixes, pieces }: FilledCommand): readonly (readonly Piece[])[] {
  return prefixes.includes("@") ? [pieces[0] ?? [], ...pieces.slice(2)] : pieces;
}

/** Commands one after the other, as a shell runs them. Those with a minus sign in front may fail. */
function scriptOf(commands: readonly FilledCommand[]): string {
  return commands
    .map((command) => {
      const words = withoutName(command).map((pieces) => pieces.map(quotePiece).join("") || "''");
      const text = words.join(" ");
      return command.prefixes.includes("-") && command.key !== "ExecStart" ? `{ ${text} || true; }` : text;
    })
    .join(" && ");
}

function quotePiece(piece: Piece): string {
  if (typeof piece !== "string") return piece.isSplit ? `$${piece.variable}` : `"\${${piece.variable}}"`;
  return /^[\w@%+=:,./-]+$/.test(piece) ? piece : piece === "" ? "" : `'${piece.replaceAll("'", `'\\''`)}'`;
}

function environmentKeys({ values }: KnownVariables, { all }: Filled, warn: Warn): Record<string, FileValue> {
  const files = all("EnvironmentFile");
  const [first] = files;
  if (first !== undefined)
    warn(
      "import-env",
      `shipbell itself reads ${files.map(({ value }) => value.replace(/^-/, "")).join(", ")}, with Compose's rules for quotes and variables: it must be there for shipbell`,
      {
        at: first,
        key: "env_file",
      },
    );
  const entries = [...values].map(([name, value]) => [name, literal(value)] as const);
  return {
    ...(entries.length > 0 && { environment: Object.fromEntries(entries) }),
    ...(files.length > 0 && {
      env_file: files.map(({ value }) =>
        value.startsWith("-") ? { path: literal(value.slice(1)), required: "false" } : literal(value),
      ),
    }),
  };
}

/** Of sysexits(3), and systemd's own. */
const EXIT_CODES: ReadonlyMap<string, number> = new Map([
  ["SUCCESS", 0],
  ["FAILURE", 1],
  ["INVALIDARGUMENT", 2],
  ["NOTIMPLEMENTED", 3],
  ["NOPERMISSION", 4],
  ["NOTINSTALLED", 5],
  ["NOTCONFIGURED", 6],
  ["NOTRUNNING", 7],
  ["USAGE", 64],
  ["DATAERR", 65],
  ["NOINPUT", 66],
  ["NOUSER", 67],
  ["NOHOST", 68],
  ["UNAVAILABLE", 69],
  ["SOFTWARE", 70],
  ["OSERR", 71],
  ["OSFILE", 72],
  ["CANTCREAT", 73],
  ["IOERR", 74],
  ["TEMPFAIL", 75],
  ["PROTOCOL", 76],
  ["NOPERM", 77],
  ["CONFIG", 78],
]);

const SIGNALS: ReadonlyMap<string, number> = new Map([
  ["HUP", 1],
  ["INT", 2],
  ["QUIT", 3],
  ["ABRT", 6],
  ["KILL", 9],
  ["USR1", 10],
  ["USR2", 12],
  ["PIPE", 13],
  ["ALRM", 14],
  ["TERM", 15],
]);

/** A process that a signal ends has the exit code 128 and the signal's number. */
function signalCode(word: string): number | undefined {
  const number = SIGNALS.get(word.replace(/^SIG/, ""));
  return number === undefined ? undefined : 128 + number;
}
