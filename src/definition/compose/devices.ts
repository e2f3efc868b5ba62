import * as z from "zod";
import type { Device, DeviceKeys, DeviceRequest } from "../../job/job.ts";
import { driverName } from "../values/docker-name.ts";
import { integer, listOf, mapOf, scalar, text, textMap } from "../values/fields.ts";
import { givenOf } from "../values/given.ts";
import { mustBe } from "../values/issue.ts";
import { containersOnly, type KeyGroup, swarmOnly } from "./key-group.ts";

const SHORT = "HOST[:CONTAINER[:PERMISSIONS]] such as /dev/sda:/dev/xvda:r";
const PERMISSIONS = /^(?!.*(.).*\1)[rwm]{1,3}$/;

export const devicePath = scalar({
  expected: "a device's path such as /dev/sda",
  read: (written) => (written.startsWith("/") ? written : undefined),
});

const permissions = scalar({
  expected: "letters of rwm: to read, to write, to make device nodes",
  read: (written) => (PERMISSIONS.test(written) ? written : undefined),
});

const longDeviceKeys = { source: devicePath, target: devicePath.nullish(), permissions: permissions.nullish() };

const shortDevice = scalar({
  expected: SHORT,
  read: (written): Device | undefined => {
    const [source = "", target = source, rights = "rwm", ...more] = written.split(":");
    const isDevice = source.startsWith("/") && target.startsWith("/") && PERMISSIONS.test(rights) && more.length === 0;
    return isDevice ? { source, target, permissions: rights } : undefined;
  },
  hint: (written) =>
    /^[^/]+\/[^=]+=/.test(written) ? "write it as device_ids under gpus, with driver: cdi" : undefined,
});

const longDevice = mapOf(longDeviceKeys, "a map with source, target and permissions").transform(
  ({ source, target, permissions }): Device => ({
    source,
    target: target ?? source,
    permissions: permissions ?? "rwm",
  }),
);

const device = z.union([shortDevice, longDevice], { error: (issue) => mustBe(SHORT, issue.input) });

const cgroupRule = scalar({
  expected: "a rule such as c 1:3 mr",
  read: (written) => (/^[acb] (?:\d+|\*):(?:\d+|\*) [rwm]{1,3}$/.test(written) ? written : undefined),
});

/** -1 stands for all that there are. */
const count = scalar({
  expected: "a number of devices, or all",
  read: (written) =>
    written === "all" || written === "-1" ? -1 : /^[1-9]\d{0,5}$/.test(written) ? Number(written) : undefined,
});

const word = text("a word");

const requestKeys = {
  driver: driverName("a driver such as nvidia").nullish(),
  count: count.nullish(),
  device_ids: listOf(word, "a list of devices").nullish(),
  capabilities: listOf(word, "a list such as [gpu]").nullish(),
  options: textMap("a map of the driver's options").nullish(),
};

type RequestKeys = z.output<z.ZodObject<typeof requestKeys>>;

const hasOneWay = (keys: RequestKeys) => keys.count == null || keys.device_ids == null;
const ONE_WAY = { error: "must have count or device_ids, not both" };

/** Without a number or names, all devices that have the capabilities are meant, as in Compose. */
function readRequest(keys: RequestKeys, fallback: readonly string[]): DeviceRequest {
  const { driver, count, device_ids, capabilities, options } = keys;
  return {
    driver: driver ?? "",
    count: count ?? (device_ids == null ? -1 : 0),
    deviceIds: device_ids ?? [],
    capabilities: [...new Set([...fallback, ...(capabilities ?? [])])],
    options: options ?? {},
  };
}

const gpu = mapOf(requestKeys, "a map with count or device_ids")
  .refine(hasOneWay, ONE_WAY)
  .transform((keys) => readRequest(keys, ["gpu"]));

const allGpus = scalar({
  expected: "all, or a list",
  read: (written) => (written === "all" ? readRequest({}, ["gpu"]) : undefined),
});

const deviceKeys = {
  devices: listOf(device, "a list of devices").nullish(),
  device_cgroup_rules: listOf(cgroupRule, "a list of rules such as c 1:3 mr").nullish(),
  gpus: z
    .union([allGpus.transform((all): readonly DeviceRequest[] => [all]), z.array(gpu)], {
      error: (issue) => mustBe("all, or a list of maps with count or device_ids", issue.input),
    })
    .nullish(),
};

/** `deploy.resources.reservations.devices`: devices with capabilities such as `gpu`. */
const reservedDevices = listOf(
  mapOf({ ...requestKeys, capabilities: listOf(word, "a list such as [gpu]").min(1, "must not be empty") }, "a map")
    .refine(hasOneWay, ONE_WAY)
    .transform((keys) => readRequest(keys, [])),
  "a list of maps with capabilities",
);

const resourceSpecKeys = { kind: text("a kind such as gpu"), value: integer(1, 999_999_999) };
const genericResourceKeys = { discrete_resource_spec: mapOf(resourceSpecKeys, "a map with kind and value") };

/** `deploy.resources.reservations.generic_resources`: resources that nodes of a Swarm advertise. */
const genericResources = listOf(
  mapOf(genericResourceKeys, "a map with discrete_resource_spec").transform(
    ({ discrete_resource_spec }) => discrete_resource_spec,
  ),
  "a list of maps with discrete_resource_spec",
);

/** What stands under `deploy.resources.reservations`. */
export const reservedDeviceKeys = {
  devices: reservedDevices.nullish(),
  generic_resources: genericResources.nullish(),
};

type OwnKeys = z.output<z.ZodObject<typeof deviceKeys>>;
type ReservedKeys = z.output<z.ZodObject<typeof reservedDeviceKeys>>;

/** Returns what a job asks for in devices, wherever it is written. */
export function makeDevices(keys: OwnKeys, reserved: ReservedKeys | null | undefined): DeviceKeys | undefined {
  const requests = [...(keys.gpus ?? []), ...(reserved?.devices ?? [])];
  return givenOf<DeviceKeys>(
    {
      devices: keys.devices,
      device_cgroup_rules: keys.device_cgroup_rules,
      requests: requests.length === 0 ? undefined : requests,
      generic_resources: reserved?.generic_resources,
    },
    ["devices", "device_cgroup_rules", "requests", "generic_resources"],
  );
}

const RESERVATIONS = "deploy.resources.reservations";
const NO_DEVICES = "service gets no devices";
const GENERIC =
  "let the nodes declare generic resources, and write generic_resources under deploy.resources.reservations";

/** Which devices of its host a container may use. */
export const deviceGroup = {
  keys: deviceKeys,
  inner: {
    devices: Object.keys(longDeviceKeys),
    gpus: Object.keys(requestKeys),
    [`${RESERVATIONS}.devices`]: Object.keys(requestKeys),
    [`${RESERVATIONS}.generic_resources`]: Object.keys(genericResourceKeys),
    [`${RESERVATIONS}.generic_resources.discrete_resource_spec`]: Object.keys(resourceSpecKeys),
  },
  userNamed: ["options"],
  support: [
    containersOnly("devices", NO_DEVICES, GENERIC),
    containersOnly("device_cgroup_rules", NO_DEVICES, GENERIC),
    containersOnly("gpus", NO_DEVICES, GENERIC),
    containersOnly(`${RESERVATIONS}.devices`, NO_DEVICES, GENERIC),
    swarmOnly(`${RESERVATIONS}.generic_resources`, "has nodes that say what they have"),
  ],
} satisfies KeyGroup;
