import * as z from "zod";
import type { Device, DeviceRequest } from "../../job/job.ts";
import { driverName } from "../values/driver-name.ts";
import { integer, listOf, mapOf, scalar, text, textMap } from "../values/fields.ts";
import { mustBe } from "../values/issue.ts";

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

const deviceKeys = { source: devicePath, target: devicePath.nullish(), permissions: permissions.nullish() };

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

const longDevice = mapOf(deviceKeys, "a map with source, target and permissions").transform(
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

const bothWays = (keys: RequestKeys) => keys.count == null || keys.device_ids == null;

/** Without a number and without names it is all devices that can do it, as in Compose. */
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

const ONE_WAY = { error: "must have count or device_ids, not both" };

const gpu = mapOf(requestKeys, "a map with count or device_ids")
  .refine(bothWays, ONE_WAY)
  .transform((keys) => readRequest(keys, ["gpu"]));

const allGpus = scalar({
  expected: "all, or a list",
  read: (written) => (written === "all" ? readRequest({}, ["gpu"]) : undefined),
});

/** What stands beside `deploy`. */
export const deviceShape = {
  devices: listOf(device, "a list of devices").nullish(),
  device_cgroup_rules: listOf(cgroupRule, "a list of rules such as c 1:3 mr").nullish(),
  gpus: z
    .union([allGpus.transform((all): readonly DeviceRequest[] => [all]), z.array(gpu)], {
      error: (issue) => mustBe("all, or a list of maps with count or device_ids", issue.input),
    })
    .nullish(),
};

/** `deploy.resources.reservations.devices`: what can do something, such as `gpu`. */
export const reservedDevices = listOf(
  mapOf({ ...requestKeys, capabilities: listOf(word, "a list such as [gpu]").min(1, "must not be empty") }, "a map")
    .refine(bothWays, ONE_WAY)
    .transform((keys) => readRequest(keys, [])),
  "a list of maps with capabilities",
);

const resourceSpecKeys = { kind: text("a kind such as gpu"), value: integer(1, 999_999_999) };
const genericResourceKeys = { discrete_resource_spec: mapOf(resourceSpecKeys, "a map with kind and value") };

/** `deploy.resources.reservations.generic_resources`: what nodes of a Swarm say that they have. */
export const genericResources = listOf(
  mapOf(genericResourceKeys, "a map with discrete_resource_spec").transform(
    ({ discrete_resource_spec }) => discrete_resource_spec,
  ),
  "a list of maps with discrete_resource_spec",
);

export const DEVICE_KEYS: readonly string[] = Object.keys(deviceKeys);
export const DEVICE_REQUEST_KEYS: readonly string[] = Object.keys(requestKeys);
export const GENERIC_RESOURCE_KEYS: readonly string[] = Object.keys(genericResourceKeys);
export const RESOURCE_SPEC_KEYS: readonly string[] = Object.keys(resourceSpecKeys);
