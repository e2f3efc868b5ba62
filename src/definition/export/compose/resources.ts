import type { FileValue } from "../../import/imported.ts";
import type { FileMap } from "../source-file.ts";

interface Resources {
  /** Keys of a container that say the same. */
  readonly keys: FileMap;
  readonly wrong?: readonly { readonly key: string; readonly wrong: string }[];
  readonly lost?: readonly { readonly key: string; readonly wrong: string }[];
}

/** Turns limits under `deploy`, which Docker's jobs do not have, into keys next to `image`. */
export function resourcesOf(deploy: FileValue | undefined): Resources {
  const { resources, placement, ...others } = mapOf(deploy);
  const { limits, reservations } = mapOf(resources);
  const { cpus, memory, pids } = mapOf(limits);
  const { memory: reserved, cpus: reservedCpus, ...more } = mapOf(reservations);
  const left = [...Object.keys(others).filter((key) => !key.startsWith("x-")), ...Object.keys(more)];
  return {
    keys: {
      ...(cpus != null && { cpus }),
      ...(memory != null && { mem_limit: memory }),
      ...(pids != null && { pids_limit: pids }),
      ...(reserved != null && { mem_reservation: reserved }),
    },
    wrong:
      left.length === 0 ? [] : [{ key: "deploy", wrong: `Docker's jobs have no deploy, and so no ${left.join(", ")}` }],
    lost: [
      ...(placement == null ? [] : [{ key: "deploy", wrong: "there is one engine, and no choice of nodes" }]),
      ...(reservedCpus == null
        ? []
        : [{ key: "deploy", wrong: "reserved cpus are for the choice of a node; there is one engine" }]),
    ],
  };
}

function mapOf(value: FileValue | undefined): FileMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as FileMap) : {};
}
