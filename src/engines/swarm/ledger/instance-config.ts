import {
  type ReadInstance,
  readInstance,
  requireWritable,
  usableInstance,
  writeInstance,
} from "../../../ledger/instance-json.ts";
import type { InstanceRecord } from "../../../ledger/record.ts";
import { RUN_LABELS } from "../../docker/specs/run-labels.ts";
import type { SwarmConfig } from "./config-calls.ts";
import { instanceConfigName, LEDGER_LABELS } from "./ledger-configs.ts";
import { SharedConfig, type SharedConfigParts } from "./shared-config.ts";

export type InstanceConfig = SharedConfig<InstanceRecord, ReadInstance>;

/** The record of the instance. */
export function instanceConfig(parts: SharedConfigParts): InstanceConfig {
  return new SharedConfig(parts, {
    name: instanceConfigName(parts.instance),
    label: LEDGER_LABELS.instance,
    labels: {},
    words: `the record of instance ${parts.instance}`,
    read: readInstance,
    usable: usableInstance,
    requireWritable,
    write: writeInstance,
    made: (instance): ReadInstance => ({ kind: "instance", instance }),
  });
}

/** Whether the config keeps the record of this instance. */
export function isInstanceConfig(instance: string, { name, labels }: SwarmConfig): boolean {
  const isOurs = labels[RUN_LABELS.instance] === instance && labels[LEDGER_LABELS.instance] !== undefined;
  return isOurs && name === instanceConfigName(instance);
}

/** What stands in the config. */
export function readInstanceConfig({ labels }: SwarmConfig): ReadInstance {
  return readInstance(labels[LEDGER_LABELS.instance] ?? "");
}
