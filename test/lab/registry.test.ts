import { expect, test } from "vitest";
import { readRecords } from "./lab-folder.ts";
import { dockerConfig, type LabRegistry, type RegistryLogin, startRegistry } from "./registry.ts";

const first = { user: "robot", password: "one: twö" };
const second = { user: "robot", password: "three" };

async function statusFor({ address }: LabRegistry, login?: RegistryLogin): Promise<number> {
  const { auth } = login ? JSON.parse(dockerConfig(address, login)).auths[address] : {};
  const answer = await fetch(`http://${address}/v2/`, auth ? { headers: { authorization: `Basic ${auth}` } } : {});
  await answer.body?.cancel();
  return answer.status;
}

test("a registry lets in who logs in as it was told, and after a change who does so then", async () => {
  await using registry = await startRegistry(first);
  const statuses = async () => [await statusFor(registry, first), await statusFor(registry, second)];
  await expect(statusFor(registry)).resolves.toBe(401);
  await expect(statuses()).resolves.toEqual([200, 401]);
  await registry.setLogin(second);
  await expect(statuses()).resolves.toEqual([401, 200]);
});

test("nothing is left of a registry that was taken down", async () => {
  const registry = await startRegistry(first);
  const ours = (await readRecords()).filter(({ kind, owner }) => kind === "registry" && owner?.pid === process.pid);
  expect(ours).toHaveLength(1);
  await registry.takeDown();
  await expect(statusFor(registry)).rejects.toThrow("fetch failed");
  for (const { name } of ours) expect((await readRecords()).map((record) => record.name)).not.toContain(name);
});
