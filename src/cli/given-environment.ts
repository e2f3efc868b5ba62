import type { Terminal } from "./terminal/terminal.ts";

/** They are kept in the job's record until the run ends. */
const MOST_BYTES = 4096;
/** What every run is given by its scheduler. */
const RESERVED = "SHIPBELL_";

export type GivenEnvironment =
  | { readonly variables: Readonly<Record<string, string>> }
  /** What is wrong, and what to write instead. */
  | { readonly wrong: string };

/** Reads `--env NAME=VALUE`; a name alone takes the variable of the command itself, as `docker run --env` does. */
export function readGivenEnvironment(given: readonly string[], { env }: Pick<Terminal, "env">): GivenEnvironment {
  const variables: Record<string, string> = {};
  for (const assignment of given) {
    const [name = "", ...rest] = assignment.split("=");
    if (name === "") return { wrong: `--env "${assignment}" has no name: write NAME=VALUE` };
    if (name.startsWith(RESERVED))
      return { wrong: `--env ${name}: names that begin with ${RESERVED} are the scheduler's` };
    const value = rest.length === 0 && !assignment.includes("=") ? env[name] : rest.join("=");
    if (value === undefined) return { wrong: `--env ${name}: there is no such variable here; write ${name}=VALUE` };
    variables[name] = value;
  }
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes > MOST_BYTES) return { wrong: `--env: ${bytes} bytes in all; at most ${MOST_BYTES} can be given to a run` };
  return { variables };
}
