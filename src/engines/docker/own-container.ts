import { readFile } from "node:fs/promises";
import type { Docker } from "./connect.ts";
import { inspectContainer } from "./containers.ts";

/** A container of the engine, and what its maker wrote on it. */
interface Labelled {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Returns the container of this engine in which this very process runs; undefined where it runs in none, or in one of another
 * engine. The kernel says which it is: no name, label or variable, which others could choose, is asked.
 *
 * @throws EngineError when the engine does not answer.
 */
export async function findOwnContainer(
  docker: Docker,
  readMounts: () => Promise<string> = () => readFile("/proc/self/mountinfo", "utf8"),
): Promise<Labelled | undefined> {
  const id = containerIdIn(await readMounts().catch(() => ""));
  const found = id === undefined ? undefined : await inspectContainer(docker, id);
  return found?.Id === id && found ? { id: found.Id, labels: found.Config.Labels ?? {} } : undefined;
}

/** Docker mounts files of its own folder for a container into that: `…/containers/ID/hostname` as `/etc/hostname`. */
function containerIdIn(mounts: string): string | undefined {
  for (const line of mounts.split("\n")) {
    const [, , , root = "", target] = line.split(" ");
    const id = /\/containers\/([0-9a-f]{64})\/(?:hostname|hosts|resolv\.conf)$/.exec(root)?.[1];
    if (id !== undefined && /^\/etc\/(?:hostname|hosts|resolv\.conf)$/.test(target ?? "")) return id;
  }
  return undefined;
}
