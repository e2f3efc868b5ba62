import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bareEnvironment } from "../support/bare-environment.ts";
import { fillDocsLedger } from "./docs-ledger.ts";

const HOUSE = join(import.meta.dirname, "../..");
const page = readFileSync(join(HOUSE, "docs/operating.md"), "utf8");
const [, section = ""] = /^## The command on a host\n(.*?)^## /ms.exec(page) ?? [];
const [onOneHost = "", onASwarm = "", completion = ""] = [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(
  ([, text]) => text,
);

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "shipbell-host-"));
  await fillDocsLedger(folder);
  // Says what it is called with, and is the container: runs what is behind its name.
  writeFileSync(
    join(folder, "docker"),
    `#!/bin/sh
echo "$*" >> "${folder}/calls"
if [ "$1" = ps ]; then echo 4f0c; exit; fi
shift
while :; do case "$1" in -it) shift ;; -e) shift 2 ;; *) break ;; esac; done
shift 2
exec "${process.execPath}" "${HOUSE}/src/main.ts" "$@"
`,
  );
  chmodSync(join(folder, "docker"), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the text; with a terminal of its own where that is asked for. */
function bash(text: string, { isTerminal = false } = {}) {
  writeFileSync(join(folder, "calls"), "");
  writeFileSync(join(folder, "script"), text);
  const command = ["bash", "--norc", join(folder, "script")];
  const [program = "", ...args] = isTerminal ? ["script", "-qec", command.join(" "), "/dev/null"] : command;
  const env = {
    ...bareEnvironment,
    PATH: `${folder}:${bareEnvironment.PATH}`,
    SHELL: "/bin/bash",
    TERM: "xterm",
    SHIPBELL_STATE_DIR: folder,
    SHIPBELL_ENGINE: "container",
    SHIPBELL_LISTEN: "127.0.0.1:9",
  };
  return new Promise<{ code: number | string; out: string; err: string; calls: string[] }>((resolve) => {
    // Its input stays open: "script" would take its end for the end of the terminal.
    execFile(program, args, { env }, (error, out, err) => {
      const calls = readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
      resolve({ code: error?.code ?? 0, out, err, calls });
    });
  });
}

describe.each([
  ["one host", onOneHost, "shipbell shipbell"],
  ["a Swarm", onASwarm, "4f0c shipbell"],
])("the line for %s in docs/operating.md", (_, line, container) => {
  test("is one line", () => expect(line.trim().split("\n")).toHaveLength(1));

  test("makes a command that runs in the container, with its words and its exit code", async () => {
    const { code, out, calls } = await bash(`${line}\nshipbell explain "no such job"; echo "exit $?"\nshipbell ls`);
    expect(code).toBe(0);
    expect(out).toMatch(/^exit 1\nJOB +SCHEDULE/);
    expect(calls.filter((call) => call.startsWith("exec"))).toEqual([
      `exec -e SHELL ${container} explain no such job`,
      `exec -e SHELL ${container} ls`,
    ]);
  });

  test("has a terminal where there is one", async () => {
    const { calls, out } = await bash(`${line}\nshipbell ls`, { isTerminal: true });
    expect(calls.at(-1)).toBe(`exec -e SHELL -it ${container} ls`);
    expect(out).toContain("succeeded");
  });

  test("completes jobs", async () => {
    const press = 'COMP_WORDS=(shipbell explain re); COMP_CWORD=2; _shipbell_yargs_completions; echo "$COMPREPLY"';
    const { out, err } = await bash(`${line}\n${completion}\n${press}`);
    expect({ out, err }).toEqual({ out: "report\n", err: "" });
  });
});
