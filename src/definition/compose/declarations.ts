import * as z from "zod";
import { ASSIGNMENTS, assignments, OURS } from "../values/assignments.ts";
import { IS_DOCKER_NAME } from "../values/docker-name.ts";
import { driverName } from "../values/driver-name.ts";
import { bool, listOf, mapOf, name, scalar, text } from "../values/fields.ts";
import { matching, written } from "../values/input-schema.ts";
import { isIpAddress, isSubnet } from "../values/ip-address.ts";
import { mustBe } from "../values/issue.ts";
import { STORED_NAME } from "./stored-file.ts";

/** What may stand under `volumes`, `networks`, `secrets` and `configs` at the top of a schedule file. */
const texts = assignments(() => undefined);

const labels = written(
  assignments((name) =>
    name.startsWith("shipbell.")
      ? "is a label that only shipbell itself puts on what it makes: leave it out"
      : undefined,
  ),
  { is: { ...ASSIGNMENTS, not: OURS } },
);

const networkName = name("a name");
const driver = driverName("the name of a driver such as local or bridge");
const external = bool.nullish();

const volumeName = scalar({
  expected: "a volume's name (letters, digits, _ . -)",
  read: (written) => (IS_DOCKER_NAME.test(written) ? written : undefined),
  forms: [matching(IS_DOCKER_NAME), { type: "number" }],
});

const made = { external, driver: driver.nullish(), driver_opts: texts.nullish() };

const volumeKeys = { name: volumeName.nullish(), ...made, labels: labels.nullish() };

const subnet = scalar({
  expected: "a subnet such as 10.5.0.0/16",
  read: (written) => (isSubnet(written) ? written : undefined),
  forms: [{ type: "string" }],
});
const gateway = scalar({
  expected: "an address such as 10.5.0.1",
  read: (written) => (isIpAddress(written) ? written : undefined),
  forms: [{ type: "string" }],
});
const poolKeys = {
  subnet: subnet.nullish(),
  ip_range: subnet.nullish(),
  gateway: gateway.nullish(),
  aux_addresses: texts.nullish(),
};
const ipamKeys = {
  driver: driver.nullish(),
  config: listOf(
    mapOf(poolKeys, "a map such as subnet: 10.5.0.0/16"),
    "a list such as - subnet: 10.5.0.0/16",
  ).nullish(),
  options: texts.nullish(),
};

const networkKeys = {
  name: networkName.nullish(),
  ...made,
  internal: bool.nullish(),
  attachable: bool.nullish(),
  enable_ipv6: bool.nullish(),
  ipam: mapOf(ipamKeys, "a map with driver or config").nullish(),
  labels: labels.nullish(),
};

const storedName = scalar({
  expected: "a name of letters, digits, _ . and -, at most 64",
  read: (written) => (STORED_NAME.test(written) ? written : undefined),
  forms: [matching(STORED_NAME), { type: "number" }],
});

const file = text("a file such as ./shop.cnf");
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const variable = scalar({
  expected: "the name of a variable such as SHOP_PASSWORD",
  read: (written) => (VARIABLE.test(written) ? written : undefined),
  forms: [matching(VARIABLE)],
});

const secretKeys = {
  name: storedName.nullish(),
  external,
  file: file.nullish(),
  environment: variable.nullish(),
  labels: labels.nullish(),
};

const configKeys = {
  ...secretKeys,
  content: z.string({ error: (issue) => mustBe("text", issue.input) }).nullish(),
};

/** Nothing at all is a volume, or a network, with all defaults. */
const declarations = {
  volumes: mapOf(volumeKeys, "a map such as driver: local").nullable(),
  networks: mapOf(networkKeys, "a map such as driver: bridge").nullable(),
  secrets: mapOf(secretKeys, "a map such as file: ./password"),
  configs: mapOf(configKeys, "a map such as file: ./shop.cnf"),
};

/** A pool of addresses as it is read. */
export type PoolKeys = NonNullable<
  NonNullable<NonNullable<z.output<typeof declarations.networks>>["ipam"]>["config"]
>[number];

export type Section = keyof typeof declarations;
export type Declaration<S extends Section> = NonNullable<z.output<(typeof declarations)[S]>>;

export const declarationSchemas: { readonly [S in Section]: (typeof declarations)[S] } = declarations;

export const SECTIONS = ["volumes", "networks", "secrets", "configs"] as const satisfies readonly Section[];

/** The keys below a place in a declaration: `volumes`, `networks.ipam`. */
export const DECLARATION_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["volumes", Object.keys(volumeKeys)],
  ["networks", Object.keys(networkKeys)],
  ["networks.ipam", Object.keys(ipamKeys)],
  ["networks.ipam.config", Object.keys(poolKeys)],
  ["secrets", Object.keys(secretKeys)],
  ["configs", Object.keys(configKeys)],
]);
