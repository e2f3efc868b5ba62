import type { LedgerInspection } from "../../../ledger/ledger.ts";
import { readRecord } from "../../../ledger/record-json.ts";
import type { Docker } from "../../docker/connect.ts";
import { RUN_LABELS } from "../../docker/specs/run-labels.ts";
import { listConfigs } from "./config-calls.ts";
import { isSetAside, jobOfRecord, LEDGER_LABELS } from "./ledger-configs.ts";

/**
 * Looks at the ledger that Swarm keeps for an instance, with one request. Nothing is written: a damaged record is counted, and not
 * set aside. Undefined when there is none.
 *
 * @throws EngineError when the engine gives no clear answer.
 */
export async function inspectConfigLedger({
  docker,
  instance,
}: {
  readonly docker: Docker;
  readonly instance: string;
}): Promise<LedgerInspection | undefined> {
  const configs = await listConfigs(docker, `${RUN_LABELS.instance}=${instance}`);
  if (configs.length === 0) return undefined;
  const records = configs.flatMap((config) => {
    const job = jobOfRecord(instance, config);
    const text = config.labels[LEDGER_LABELS.record];
    if (job === undefined || text === undefined) return [];
    return [{ job, bytes: Buffer.byteLength(text), kind: readRecord(text).kind }];
  });
  return { records, setAside: configs.filter((config) => isSetAside(instance, config)).length };
}
