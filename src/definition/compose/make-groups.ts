import type { ComposeTemplate, DeviceKeys } from "../../job/job.ts";
import { given, givenOf, namesOf } from "../values/given.ts";
import { accessKeys } from "./access-keys.ts";
import type { JobKeys } from "./job-schema.ts";
import { hostKeys, type JoinedNetwork } from "./network-keys.ts";
import { processKeys } from "./process-keys.ts";
import { resourceKeys } from "./resource-keys.ts";

type Groups = Partial<ComposeTemplate>;

/** The parts of a template that are only there when its job speaks of them. */
export function composeGroups(keys: JobKeys, networks: readonly JoinedNetwork[]): Groups {
  const settings = networks.flatMap(({ name, settings }) =>
    settings === undefined ? [] : [[name, settings] as const],
  );
  return {
    ...given("platform", keys.platform),
    ...given("tmpfs", keys.tmpfs),
    ...(settings.length > 0 && { networkSettings: Object.fromEntries(settings) }),
    ...given("logging", keys.logging),
    ...given("healthcheck", keys.healthcheck),
    ...given("host", givenOf(keys, namesOf(hostKeys))),
    ...given("access", givenOf(keys, namesOf(accessKeys))),
    ...given("resources", givenOf(keys, namesOf(resourceKeys))),
    ...given("devices", devicesOf(keys)),
    ...given("process", givenOf(keys, namesOf(processKeys))),
  };
}

function devicesOf({ devices, device_cgroup_rules, gpus, deploy }: JobKeys): DeviceKeys | undefined {
  const reserved = deploy?.resources?.reservations;
  const requests = [...(gpus ?? []), ...(reserved?.devices ?? [])];
  return givenOf(
    {
      devices,
      device_cgroup_rules,
      requests: requests.length === 0 ? undefined : requests,
      generic_resources: reserved?.generic_resources,
    },
    ["devices", "device_cgroup_rules", "requests", "generic_resources"],
  );
}
