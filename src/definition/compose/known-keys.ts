import { ENV_FILE_KEYS } from "../variables/env-file.ts";
import { CREDENTIAL_SPEC_KEYS } from "./access-keys.ts";
import { OF_EXEC_ALONE, UNSUPPORTED_BELOW, UNSUPPORTED_KEYS } from "./compose-keys.ts";
import { DEPLOY_KEYS, LIMIT_KEYS, RESERVATION_KEYS, RESOURCE_KEYS } from "./deploy.ts";
import { DEVICE_KEYS, DEVICE_REQUEST_KEYS, GENERIC_RESOURCE_KEYS, RESOURCE_SPEC_KEYS } from "./device-keys.ts";
import { HEALTHCHECK_KEYS } from "./healthcheck.ts";
import { HISTORY_KEYS, JOB_KEYS, POLICY_KEYS, RETRY_KEYS } from "./job-schema.ts";
import { MOUNT_OPTION_KEYS } from "./mount-options.ts";
import { NETWORK_SETTING_KEYS } from "./network-keys.ts";
import { PLACEMENT_KEYS, PREFERENCE_KEYS } from "./placement.ts";
import { LOGGING_KEYS } from "./process-keys.ts";
import { BLKIO_KEYS, BLKIO_RATE_KEYS, BLKIO_WEIGHT_KEYS, ULIMIT_KEYS } from "./resource-keys.ts";
import { STORED_FILE_KEYS } from "./stored-file.ts";
import { VOLUME_KEYS } from "./volume.ts";

/** The keys that may stand somewhere in a job. */
export interface KnownKeys {
  readonly allowed: readonly string[];
  /** Those that mean something to Compose there, with what to do instead where that is known. */
  readonly unsupported: ReadonlyMap<string, string | undefined>;
  /** What may stand there, in words. */
  readonly inWords: string;
}

const RESERVED = "deploy.resources.reservations";

/** `*` stands for a name that is the user's. */
const ALLOWED: ReadonlyMap<string, readonly string[]> = new Map([
  ["", JOB_KEYS],
  ["history", HISTORY_KEYS],
  ["retries", RETRY_KEYS],
  ["env_file", ENV_FILE_KEYS],
  ["label_file", ENV_FILE_KEYS],
  ["volumes", VOLUME_KEYS],
  ...[...MOUNT_OPTION_KEYS].map(([key, allowed]) => [`volumes.${key}`, allowed] as const),
  ["networks.*", NETWORK_SETTING_KEYS],
  ["secrets", STORED_FILE_KEYS],
  ["configs", STORED_FILE_KEYS],
  ["logging", LOGGING_KEYS],
  ["healthcheck", HEALTHCHECK_KEYS],
  ["credential_spec", CREDENTIAL_SPEC_KEYS],
  ["ulimits.*", ULIMIT_KEYS],
  ["blkio_config", BLKIO_KEYS],
  ["blkio_config.weight_device", BLKIO_WEIGHT_KEYS],
  ...["read_bps", "read_iops", "write_bps", "write_iops"].map(
    (rate) => [`blkio_config.device_${rate}`, BLKIO_RATE_KEYS] as const,
  ),
  ["devices", DEVICE_KEYS],
  ["gpus", DEVICE_REQUEST_KEYS],
  ["deploy", DEPLOY_KEYS],
  ["deploy.placement", PLACEMENT_KEYS],
  ["deploy.placement.preferences", PREFERENCE_KEYS],
  ["deploy.resources", RESOURCE_KEYS],
  ["deploy.resources.limits", LIMIT_KEYS],
  [RESERVED, RESERVATION_KEYS],
  [`${RESERVED}.devices`, DEVICE_REQUEST_KEYS],
  [`${RESERVED}.generic_resources`, GENERIC_RESOURCE_KEYS],
  [`${RESERVED}.generic_resources.discrete_resource_spec`, RESOURCE_SPEC_KEYS],
]);

/** `place` is what the keys stand under: `deploy.placement`, or nothing for the job itself. */
export function knownKeys(place: string): KnownKeys {
  const [holder] = place.split(".", 1);
  const found = ALLOWED.has(place) ? place : `${holder}.*`;
  const unsupported = place === "" ? new Map([...UNSUPPORTED_KEYS, ...OF_EXEC_ALONE]) : UNSUPPORTED_BELOW.get(found);
  const allowed = ALLOWED.get(found) ?? [];
  const inWords = place === "" ? `${POLICY_KEYS.join(", ")}, and the keys of a Compose service` : allowed.join(", ");
  return { allowed, unsupported: unsupported ?? new Map(), inWords };
}
