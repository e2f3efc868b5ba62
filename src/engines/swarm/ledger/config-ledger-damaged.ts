import type { Docker } from "../../docker/connect.ts";
import { RUN_LABELS } from "../../docker/specs/run-labels.ts";
import { EngineTrouble } from "../../engine.ts";
import { createConfig, findConfig, type SwarmConfig } from "./config-calls.ts";
import { damagedConfigName } from "./ledger-configs.ts";
import { LEDGER_LABELS } from "./config-ledger-record.ts";

/** Why the record could not be read; beside it. */
const FAULT_LABEL = "shipbell.fault";

/**
 * Copies the text of a damaged record into a config of its own, which is never read as a record and which only `shipbell
 * purge` removes. However often that is done, and by however many: one text has one copy.
 *
 * @throws EngineError when it is not clear that the copy is there.
 */
export async function setAside(
  { docker, instance }: { readonly docker: Docker; readonly instance: string },
  job: string,
  record: SwarmConfig,
  fault: string,
): Promise<void> {
  const text = record.labels[LEDGER_LABELS.record] ?? "";
  const name = damagedConfigName(instance, job, text);
  const written = await createConfig(docker, name, {
    [RUN_LABELS.instance]: instance,
    [RUN_LABELS.job]: job,
    [LEDGER_LABELS.damagedRecord]: text,
    [FAULT_LABEL]: fault,
  });
  if (written.isClear || (await findConfig(docker, name)) !== undefined) return;
  throw new EngineTrouble(`the damaged record of ${job} could not be set aside: the engine gave no clear answer`);
}
