import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { containerHost } from "./engine/container-host.ts";
import { anOrder, mustStart, stateOf, untilEnded, untilItPrints } from "./engine/harness.ts";

it("a run has the digest that its image had when it started, though the tag moves on meanwhile", async () => {
  const { docker, api } = engineAt(testEngine());
  const id = randomUUID().slice(0, 8);
  const [host, image] = [containerHost(testEngine(), id), `shipbell-contract-${id}:1`];
  await docker("tag", "busybox", image);
  // As the engine itself has it: none, where a digest is a registry's.
  const { json } = await api<{ Id: string; RepoDigests?: readonly string[] }>("GET", `/images/${image}/json`);
  const digest = (json.RepoDigests ?? []).find((each) => each.includes(id))?.split("@")[1];
  const template = { ...host.template({ does: "wait" }), image };
  const run = await mustStart(host.engine, anOrder(host, { does: "wait" }, { template }));
  await untilItPrints(host.engine, run);
  expect(await stateOf(host.engine, run)).toMatchObject({ phase: "running" });
  const another = await docker("create", "busybox", "true");
  await docker("commit", "--change", "LABEL moved=yes", another, image);
  await host.engine.stop(run, 10_000);
  const ended = await untilEnded(host.engine, run);
  expect(ended).toMatchObject({ image: { id: json.Id, ...(digest && { digest }) } });
  await host.close();
  await docker("rm", another);
  await docker("image", "rm", "--force", image);
});
