import type { Clock } from "../../../clock.ts";
import type { Docker } from "../../docker/connect.ts";
import { RUN_LABELS } from "../../docker/specs/run-labels.ts";
import { EngineTrouble } from "../../engine.ts";
import { findConfig } from "./config-calls.ts";
import { counterConfigName } from "./ledger-configs.ts";
import { LEDGER_LABELS } from "./config-ledger-record.ts";
import { NONCE_LABEL, type Place, type Standing, swapConfig } from "./swap.ts";

export interface CounterParts {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly instance: string;
}

/**
 * Counts on, in the counter config of the instance: two who ask never get the same number. A number may be skipped,
 * where the answer that would have told it was lost.
 */
export async function nextGeneration(parts: CounterParts): Promise<number> {
  const swap = await swapConfig(counterPlace(parts), undefined, (count = 0) => count + 1, parts);
  if (swap.result === "won") return swap.standing.value;
  throw new EngineTrouble("the engine gave no clear answer to the question for the next generation");
}

function counterPlace({ docker, instance }: CounterParts): Place<number> {
  const name = counterConfigName(instance);
  return {
    name,
    look: () => lookAtCounter(docker, name, instance),
    labelsOf: (count) => ({ [RUN_LABELS.instance]: instance, [LEDGER_LABELS.generation]: String(count) }),
  };
}

async function lookAtCounter(docker: Docker, name: string, instance: string): Promise<Standing<number> | undefined> {
  const config = await findConfig(docker, name);
  if (config === undefined) return undefined;
  const { labels, ...rest } = config;
  const text = labels[LEDGER_LABELS.generation] ?? "";
  if (labels[RUN_LABELS.instance] !== instance || !/^\d{1,15}$/.test(text))
    throw new Error(`config ${name} is not the counter of generations of ${instance}, whose name this is`);
  return { ...rest, nonce: labels[NONCE_LABEL], value: Number(text) };
}
