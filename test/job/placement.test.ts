import { describe, expect, test } from "vitest";
import { meetsConstraints, type NodeTraits } from "../../src/job/placement.ts";

const traits: NodeTraits = {
  hostname: "Host-7",
  address: "10.5.0.7",
  role: "worker",
  os: "linux",
  architecture: "x86_64",
  labels: { disk: "ssd", Zone: "a" },
  engineLabels: { gpu: "yes" },
};

describe("a node meets a constraint as Swarm has it", () => {
  test.each<[string, string, boolean]>([
    ["the name of the host, whatever its case", "node.hostname == host-7", true],
    ["without blanks", "node.hostname==host-7", true],
    ["another name", "node.hostname == host-8", false],
    ["not that name", "node.hostname != host-7", false],
    ["not another name", "node.hostname != host-8", true],
    ["its ID", "node.id == n7", true],
    ["its role", "node.role == worker", true],
    ["another role", "node.role == manager", false],
    ["its system", "node.platform.os == linux", true],
    ["its architecture", "node.platform.arch == x86_64", true],
    ["a label", "node.labels.disk == SSD", true],
    ["a label that it has not", "node.labels.rack == 1", false],
    ["not the value of a label that it has not", "node.labels.rack != 1", true],
    ["the name of a label in another case, which is another label", "node.labels.zone == a", false],
    ["a label that all objects have", "node.labels.constructor == a", false],
    ["a label of its engine", "engine.labels.gpu == yes", true],
    ["a key in another case", "NODE.ROLE == worker", true],
    ["its address", "node.ip == 10.5.0.7", true],
    ["not its address", "node.ip != 10.5.0.7", false],
    ["another address", "node.ip == 10.5.0.8", false],
    ["its subnet", "node.ip == 10.5.0.0/16", true],
    ["not its subnet", "node.ip != 10.5.0.0/16", false],
    ["another subnet", "node.ip == 10.6.0.0/16", false],
    ["an address of the other version", "node.ip == 2001:db8::2", false],
    ["not an address of the other version", "node.ip != 2001:db8::2", true],
    ["what is no address", "node.ip != host-8", false],
    ["what is no subnet", "node.ip == 10.5.0.0/99", false],
    ["a key that Swarm does not know", "node.name != a", false],
    ["what is no constraint", "node.role", false],
  ])("%s: %s", (_what, constraint, isMet) => {
    expect(meetsConstraints("n7", traits, [constraint])).toBe(isMet);
  });

  test("and all of several", () => {
    expect(meetsConstraints("n7", traits, ["node.role == worker", "node.labels.disk == ssd"])).toBe(true);
    expect(meetsConstraints("n7", traits, ["node.role == worker", "node.labels.disk == hdd"])).toBe(false);
    expect(meetsConstraints("n7", traits, [])).toBe(true);
  });

  test("a node that says nothing has empty texts", () => {
    const unknown = { ...traits, hostname: "", address: "", os: "", architecture: "" };
    expect(meetsConstraints("n7", unknown, ["node.hostname != a", "node.ip != 10.0.0.1"])).toBe(true);
    expect(meetsConstraints("n7", unknown, ["node.ip == 10.0.0.0/8"])).toBe(false);
  });
});
