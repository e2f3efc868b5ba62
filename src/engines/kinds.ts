import { existsSync } from "node:fs";
import { join } from "node:path";
import { containerKind } from "./containers/kind.ts";
import type { Docker } from "./docker/connect.ts";
import type { EngineKind } from "./kind.ts";
import { swarmKind } from "./swarm/kind.ts";

/** All kinds of engine, in the order in which an engine is taken for one of them. A new kind is a folder and a line here. */
export const ENGINE_KINDS = [swarmKind, containerKind] as const satisfies readonly EngineKind[];

/** What `--engine` may say. */
export const ENGINE_CHOICES = ["auto", ...ENGINE_KINDS.map(({ name }) => name).toSorted()] as const;
export type EngineChoice = (typeof ENGINE_CHOICES)[number];

/** The kind that the setting names; undefined for `auto`. */
export function namedKind(choice: string, kinds: readonly EngineKind[] = ENGINE_KINDS): EngineKind | undefined {
  return kinds.find(({ name }) => name === choice);
}

/**
 * Which kind `--engine` comes to with this engine. Asks it, unless the setting alone decides.
 *
 * @throws EngineError when it does not answer, or does not say; an Error when it cannot be what was asked for.
 */
export async function chooseKind(
  docker: Docker,
  choice: string,
  kinds: readonly EngineKind[] = ENGINE_KINDS,
): Promise<EngineKind> {
  const named = namedKind(choice, kinds);
  if (named?.isTakenOnTrust) return named;
  const { swarm } = await docker.info();
  const candidates = named === undefined ? kinds : [named];
  const fitting = candidates.find((kind) => kind.mismatch(swarm) === undefined);
  if (fitting !== undefined) return fitting;
  const reasons = candidates.map((kind) => kind.mismatch(swarm)).join("; ");
  throw new Error(`${named === undefined ? "" : `--engine ${named.name}: `}${docker.host} ${reasons}`);
}

/** The kind whose ledger is in this state directory, if there is one. */
export function keptKind(stateDir: string): EngineKind | undefined {
  return ENGINE_KINDS.find((kind: EngineKind) => kind.ledgerFile && existsSync(join(stateDir, kind.ledgerFile)));
}
