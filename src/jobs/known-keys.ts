import { UNSUPPORTED_BELOW, UNSUPPORTED_KEYS } from "./compose-keys.ts";
import { DEPLOY_KEYS, LIMIT_KEYS, RESERVATION_KEYS, RESOURCE_KEYS } from "./deploy.ts";
import { ENV_FILE_KEYS } from "./env-file.ts";
import { HISTORY_KEYS, JOB_KEYS, RETRY_KEYS } from "./job-schema.ts";
import { PLACEMENT_KEYS, PREFERENCE_KEYS } from "./placement.ts";
import { STORED_FILE_KEYS } from "./stored-file.ts";
import { VOLUME_KEYS } from "./volume.ts";

/** The keys that may stand somewhere in a job. */
export interface KnownKeys {
  readonly allowed: readonly string[];
  /** Those that mean something to Compose there, with what to do instead where that is known. */
  readonly unsupported: ReadonlyMap<string, string | undefined>;
}

const ALLOWED: ReadonlyMap<string, readonly string[]> = new Map([
  ["", JOB_KEYS],
  ["history", HISTORY_KEYS],
  ["retries", RETRY_KEYS],
  ["env_file", ENV_FILE_KEYS],
  ["label_file", ENV_FILE_KEYS],
  ["volumes", VOLUME_KEYS],
  ["secrets", STORED_FILE_KEYS],
  ["configs", STORED_FILE_KEYS],
  ["deploy", DEPLOY_KEYS],
  ["deploy.placement", PLACEMENT_KEYS],
  ["deploy.placement.preferences", PREFERENCE_KEYS],
  ["deploy.resources", RESOURCE_KEYS],
  ["deploy.resources.limits", LIMIT_KEYS],
  ["deploy.resources.reservations", RESERVATION_KEYS],
]);

/** `place` is what the keys stand under: `deploy.placement`, or nothing for the job itself. */
export function knownKeys(place: string): KnownKeys {
  const unsupported = place === "" ? UNSUPPORTED_KEYS : UNSUPPORTED_BELOW.get(place);
  return { allowed: ALLOWED.get(place) ?? [], unsupported: unsupported ?? new Map() };
}
