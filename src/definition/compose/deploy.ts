import { cpus, mapOf, memory, wholeNumber } from "../values/fields.ts";
import { genericResources, reservedDevices } from "./device-keys.ts";
import { placement } from "./placement.ts";

const limitKeys = {
  cpus: cpus.nullish(),
  memory: memory.nullish(),
  pids: wholeNumber(1, 999_999_999).nullish(),
};

const reservationKeys = {
  cpus: cpus.nullish(),
  memory: memory.nullish(),
  devices: reservedDevices.nullish(),
  generic_resources: genericResources.nullish(),
};

const resourceKeys = {
  limits: mapOf(limitKeys, "a map with cpus, memory or pids").nullish(),
  reservations: mapOf(reservationKeys, "a map with cpus or memory").nullish(),
};

const deployKeys = {
  placement: placement.nullish(),
  resources: mapOf(resourceKeys, "a map with limits or reservations").nullish(),
};

/** `deploy`, as far as it says something of one run. */
export const deploy = mapOf(deployKeys, "a map with placement or resources");

export const DEPLOY_KEYS: readonly string[] = Object.keys(deployKeys);
export const RESOURCE_KEYS: readonly string[] = Object.keys(resourceKeys);
export const LIMIT_KEYS: readonly string[] = Object.keys(limitKeys);
export const RESERVATION_KEYS: readonly string[] = Object.keys(reservationKeys);
