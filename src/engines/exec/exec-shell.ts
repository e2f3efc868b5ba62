import { startDeadline } from "../../clock.ts";
import type { Docker } from "../docker/connect.ts";
import { createExec, type ExecBody, inspectExec, openExec } from "../docker/exec-calls.ts";
import { expectStatus, unexpected } from "../docker/status.ts";
import { EngineError, EngineTrouble } from "../engine.ts";
import { hasStarted, readRefusal } from "./exec-start.ts";

/** Enough for a few lines of shell, even in a slow container. */
const DEADLINE_MS = 30_000;

/**
 * Sends the signal `$2` to the process groups of all processes that have the mark `$1` in their environment; exit code
 * 3 if there are none. Uses only what every POSIX shell has built in: images often have no more. A shell reads past the
 * NULs between variables, and all marks have the same length, so none is the beginning of another.
 */
const SIGNAL_MARKED = `
told=" "
for process in /proc/[0-9]*; do
  isMarked=
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in *"SHIPBELL_EXEC=$1"*) isMarked=yes; break ;; esac
  done <"$process/environ"
  [ "$isMarked" ] || continue
  read -r stat <"$process/stat" || continue
  stat=\${stat##*) }
  set -- "$1" "$2" $stat
  case $told in *" $5 "*) continue ;; esac
  told="$told$5 "
  kill -s "$2" -- "-$5"
done 2>/dev/null
[ "$told" != " " ] || exit 3
`;

/** Returns whether the container has a shell that the user may run. */
export async function hasShell(docker: Docker, container: string, asUser: Pick<ExecBody, "User">): Promise<boolean> {
  return (await run(docker, container, { Cmd: ["sh", "-c", "kill -0 $$"], ...asUser })) === 0;
}

/**
 * Sends a signal to the processes with the mark, from inside the container and as the user that they run as: even root
 * may not see the environment of another user's process. `none`: no such process can be seen.
 */
export async function signalMarked(
  docker: Docker,
  container: string,
  { mark, signal, user }: { readonly mark: string; readonly signal: "TERM" | "KILL"; readonly user?: string },
): Promise<"sent" | "none" | "no shell"> {
  const Cmd = ["sh", "-c", SIGNAL_MARKED, "sh", mark, signal];
  const exitCode = await run(docker, container, { Cmd, ...(user && { User: user }) });
  if (exitCode === 0) return "sent";
  return exitCode === 3 ? "none" : "no shell";
}

/**
 * Runs it to its end and returns its exit code. Throws an `EngineError`; if the container does not run, an
 * `EngineTrouble` with status 404 or 409.
 */
async function run(docker: Docker, container: string, body: ExecBody): Promise<number | undefined> {
  const what = `exec in ${container}`;
  const { Id } = expectStatus(await createExec(docker, container, body), what, 201).body as { Id: string };
  const deadline = startDeadline(DEADLINE_MS);
  try {
    // It is read to its end: an engine that cannot hand over all of the output loses the exit code.
    const response = await openExec(docker, Id, deadline.signal);
    if (!hasStarted(response)) throw unexpected(await readRefusal(response, Id), what);
    for await (const _chunk of response);
  } catch (cause) {
    throw cause instanceof EngineError ? cause : new EngineTrouble(`${what}: broke off`, { cause });
  } finally {
    deadline.clear();
  }
  return (await inspectExec(docker, Id))?.ExitCode ?? undefined;
}
