import { type ReadPool, readPool, usablePool, writePool } from "../../../ledger/pool-json.ts";
import type { PoolRecord } from "../../../ledger/record.ts";
import { RUN_LABELS } from "../../docker/specs/run-labels.ts";
import type { SwarmConfig } from "./config-calls.ts";
import { LEDGER_LABELS, poolConfigName } from "./ledger-configs.ts";
import { SharedConfig, type SharedConfigParts } from "./shared-config.ts";

export type PoolConfig = SharedConfig<PoolRecord, ReadPool>;

/** The record of a pool. */
export function poolConfig(parts: SharedConfigParts, pool: string): PoolConfig {
  return new SharedConfig(parts, {
    name: poolConfigName(parts.instance, pool),
    label: LEDGER_LABELS.pool,
    labels: { [LEDGER_LABELS.poolName]: pool },
    words: `the record of the pool ${pool} of ${parts.instance}`,
    read: readPool,
    usable: (read) => usablePool(pool, read),
    write: writePool,
    made: (pool): ReadPool => ({ kind: "pool", pool }),
  });
}

/** Whether the config keeps the record of a pool of this instance. */
export function isPoolConfig(instance: string, { name, labels }: SwarmConfig): boolean {
  const pool = labels[LEDGER_LABELS.poolName];
  const isOurs = labels[RUN_LABELS.instance] === instance && labels[LEDGER_LABELS.pool] !== undefined;
  return isOurs && pool !== undefined && name === poolConfigName(instance, pool);
}
