import { didYouMean, nearestWord, onTypographicQuotes } from "../../job/problem.ts";
import { assignments, textsOf } from "../values/assignments.ts";
import { DOCKER_NAME, driverName } from "../values/docker-name.ts";
import { bool, choice, mapOf, matching, scalar, text, textMap, wholeFrom } from "../values/fields.ts";
import { absolutePath } from "../values/path.ts";
import { containersOnly, type KeyGroup, LEAVE_OUT, SHARES_NOTHING } from "./key-group.ts";

/** The kernel's highest number of a user, as engines take it. */
const HIGHEST_ID = 2_147_483_647;

/** A number, or a name that is looked up in the image; with or without a group. */
const user = scalar({
  expected: "a user such as 1000 or app:app",
  read: (written) => {
    const parts = written.trim().split(":");
    const isUser =
      parts.every((part) => /^\S+$/.test(part) && !(Number(part) > HIGHEST_ID)) &&
      onTypographicQuotes(written) === undefined;
    return isUser ? written.trim() : undefined;
  },
  forms: [matching(/^\s*[^\s:]+(?::[^\s:]+)*\s*$/), wholeFrom(0, HIGHEST_ID)],
});

const SIGNAL_NAMES =
  "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP " +
  "TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ";
const SIGNALS: ReadonlySet<string> = new Set(SIGNAL_NAMES.split(" ").map((name) => `SIG${name}`));
const REAL_TIME = /^(SIG)?RT(MIN(\+\d{1,2})?|MAX(-\d{1,2})?)$/;

/** What Docker takes as a stop signal: `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3`. */
const signal = scalar({
  expected: "a signal such as SIGTERM",
  read: (written) => (isSignal(written.toUpperCase()) ? written : undefined),
  forms: [matching(signalPattern()), wholeFrom(1, 64)],
  hint: (written) => didYouMean(nearestWord(written, SIGNALS)),
});

function isSignal(name: string): boolean {
  if (/^\d{1,2}$/.test(name)) return Number(name) >= 1 && Number(name) <= 64;
  return SIGNALS.has(name) || SIGNALS.has(`SIG${name}`) || REAL_TIME.test(name);
}

/** The same as a pattern for JSON Schema, which cannot ignore case: all capitals, or none. */
function signalPattern(): RegExp {
  const names = `${SIGNAL_NAMES} ${SIGNAL_NAMES.toLowerCase()}`.replaceAll(" ", "|");
  return new RegExp(String.raw`^(?:(?:SIG|sig)?(?:${names}|(?:RT|rt)(?:MIN|min|MAX|max)(?:[+-]\d{1,2})?)|[1-9]\d?)$`);
}

/** How the process is started and stopped, in a container of its own as well as in one that already runs. */
export const processKeys = {
  working_dir: absolutePath.nullish(),
  user: user.nullish(),
  stop_signal: signal.nullish(),
  init: bool.nullish(),
};

/** A namespace that is shared with the host or with another container. */
function namespace(expected: string, words: string) {
  const known = new RegExp(`^(?:${words}|container:${DOCKER_NAME})$`);
  return scalar({
    expected,
    read: (written) => (known.test(written) ? written : undefined),
    hint: (written) =>
      written.startsWith("service:")
        ? "a schedule file has no services: write container: and a container's name"
        : undefined,
  });
}

/** What surrounds the process. */
export const surroundingKeys = {
  tty: bool.nullish(),
  runtime: driverName("a runtime such as runc").nullish(),
  isolation: choice("default", "process", "hyperv").nullish(),
  ipc: namespace("host, private, shareable, none, or container:NAME", "host|private|shareable|none").nullish(),
  pid: namespace("host, or container:NAME", "host").nullish(),
  uts: choice("host").nullish(),
  cgroup: choice("host", "private").nullish(),
  cgroup_parent: text("a cgroup such as /jobs").nullish(),
  annotations: assignments(() => undefined)
    .transform(textsOf)
    .nullish(),
};

const loggingKeys = {
  driver: driverName("a log driver such as json-file").nullish(),
  options: textMap("a map of the log driver's options").nullish(),
};

/** The job's process, what surrounds it, and where its output goes. */
export const processGroup = {
  keys: {
    ...processKeys,
    ...surroundingKeys,
    logging: mapOf(loggingKeys, "a map with driver and options").nullish(),
  },
  inner: { logging: Object.keys(loggingKeys) },
  userNamed: ["annotations", "options"],
  support: [
    ...["ipc", "pid", "uts", "cgroup"].map((key) => containersOnly(key, SHARES_NOTHING, LEAVE_OUT)),
    containersOnly(
      "cgroup_parent",
      "node chooses the cgroup of a task",
      "set cgroup-parent of the engine on the nodes",
    ),
    containersOnly(
      "runtime",
      "node starts tasks with its default runtime",
      "set default-runtime of the engine on the nodes",
    ),
    containersOnly("annotations", "service has no annotations", "use labels"),
  ],
} satisfies KeyGroup;
