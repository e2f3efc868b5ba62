import type { Docker } from "../../docker/connect.ts";
import { RUN_LABELS } from "../../docker/specs/run-labels.ts";
import { EngineTrouble } from "../../engine.ts";
import { createConfig, findConfig } from "./config-calls.ts";
import { damagedConfigName, LEDGER_LABELS } from "./ledger-configs.ts";

/** A record that could not be read, and why. */
interface DamagedRecord {
  /** Empty: it is the record of the instance. */
  readonly job: string;
  readonly text: string;
  readonly fault: string;
}

const FAULT_LABEL = "shipbell.fault";

/**
 * Copies the text of a damaged record into a config of its own, which is never read as a record and which only
 * `shipbell purge` removes. One text has one copy, however often and by however many schedulers it is set aside.
 *
 * @throws EngineError when it is not clear that the copy is there.
 */
export async function setAside(
  { docker, instance }: { readonly docker: Docker; readonly instance: string },
  { job, text, fault }: DamagedRecord,
): Promise<void> {
  const name = damagedConfigName(instance, job, text);
  const written = await createConfig(docker, name, {
    [RUN_LABELS.instance]: instance,
    [RUN_LABELS.job]: job,
    [LEDGER_LABELS.damagedRecord]: text,
    [FAULT_LABEL]: fault,
  });
  if (written.isClear || (await findConfig(docker, name)) !== undefined) return;
  const whose = job === "" ? "the instance" : job;
  throw new EngineTrouble(`the damaged record of ${whose} could not be set aside: the engine gave no clear answer`);
}
