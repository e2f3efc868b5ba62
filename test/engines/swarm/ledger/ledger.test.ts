import { describe, expect, it } from "vitest";
import type { Docker } from "../../../../src/engines/docker/connect.ts";
import type { DockerEvents } from "../../../../src/engines/docker/docker-events.ts";
import type { DockerRequest } from "../../../../src/engines/docker/wire.ts";
import { openConfigLedger } from "../../../../src/engines/swarm/ledger/ledger.ts";
import { damagedConfigName, recordConfigName } from "../../../../src/engines/swarm/ledger/ledger-configs.ts";
import { aJob, aRecord, at } from "../../../support/a-job.ts";
import { FakeClock } from "../../../support/fake-clock.ts";

interface Config {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: { readonly Name: string; readonly Labels: Record<string, string>; readonly Data?: string };
}

/** The configs of a Swarm, in memory; `refuses` says of which requests it wants to know nothing. */
class Configs {
  readonly all = new Map<string, Config>();
  refuses: (request: DockerRequest) => boolean = () => false;
  #index = 0;

  readonly docker = { call: async (request: DockerRequest) => this.#answer(request) } as unknown as Docker;

  #answer(request: DockerRequest) {
    const { method, path } = request;
    const answer = (status: number, body?: unknown) => ({ status, body, headers: {} });
    const [, , id = "", action] = path.split("/");
    if (this.refuses(request)) return answer(403, { message: "the proxy forbids it" });
    const spec = request.body as Config["Spec"];
    const found = [...this.all.values()].find(({ ID, Spec }) => ID === id || Spec.Name === id);
    if (path === "/configs") return answer(200, [...this.all.values()]);
    if (path === "/configs/create") {
      if ([...this.all.values()].some(({ Spec }) => Spec.Name === spec.Name)) return answer(409, { message: "exists" });
      const ID = `id${++this.#index}`;
      this.all.set(ID, { ID, Version: { Index: this.#index }, Spec: spec });
      return answer(201, { ID });
    }
    if (found === undefined) return answer(404, { message: "no such config" });
    if (method === "DELETE") return answer(this.all.delete(found.ID) ? 204 : 404);
    if (action !== "update") return answer(200, found);
    if (request.query?.version !== found.Version.Index) return answer(500, { message: "update out of sequence" });
    this.all.set(found.ID, { ID: found.ID, Version: { Index: ++this.#index }, Spec: { ...found.Spec, ...spec } });
    return answer(200);
  }

  damage(job: string, text: string): void {
    const config = [...this.all.values()].find(({ Spec }) => Spec.Name === recordConfigName("ours", job));
    if (config !== undefined) config.Spec.Labels["shipbell.page"] = text;
    if (config !== undefined) this.all.set(config.ID, { ...config, Version: { Index: ++this.#index } });
  }
}

function begin() {
  const configs = new Configs();
  const events = { listen: () => {} } as unknown as DockerEvents;
  const open = () =>
    openConfigLedger({ docker: configs.docker, events, instance: "ours", clock: new FakeClock(at("12:00")) });
  return { configs, open };
}

const record = (job: string) => aRecord(at("12:00"), { job }, aJob({ name: job }));

describe("a record on a Swarm that cannot be read", () => {
  it.each(["{", '{"schema":3}'])("is named, and keeps no other from being read and written: %s", async (text) => {
    const { configs, open } = begin();
    for (const job of ["backup", "broken"]) await open().update(job, () => record(job));
    configs.damage("broken", text);
    const ledger = open();
    const { records, unreadable } = await ledger.load();
    expect([...records.keys()]).toEqual(["backup"]);
    expect(unreadable).toMatchObject([{ job: "broken" }]);
    expect((await ledger.update("backup", (record) => record)).result).toBe("won");
  });

  it("is left as it is and named while it cannot be set aside, and is set aside once it can be", async () => {
    const { configs, open } = begin();
    for (const job of ["backup", "broken"]) await open().update(job, () => record(job));
    configs.damage("broken", "{");
    const copy = damagedConfigName("ours", "broken", "{");
    configs.refuses = ({ path, body }) => path === "/configs/create" && (body as Config["Spec"]).Name === copy;
    const ledger = open();
    const { records, unreadable } = await ledger.load();
    expect([...records.keys()]).toEqual(["backup"]);
    expect(unreadable).toMatchObject([{ job: "broken", message: expect.stringContaining("could not be set aside") }]);
    await expect(ledger.update("broken", () => record("broken"))).rejects.toThrow(
      "the record of broken cannot be used",
    );
    expect((await ledger.update("backup", (record) => record)).result).toBe("won");
    configs.refuses = () => false;
    expect((await ledger.update("broken", (current) => current ?? record("broken"))).result).toBe("won");
    expect([...configs.all.values()].map(({ Spec }) => Spec.Name)).toContain(copy);
  });
});

describe("a record on a Swarm that is gone", () => {
  it("leaves nothing in memory", async () => {
    const { open } = begin();
    const ledger = open();
    for (let index = 0; index < 50; index++) {
      const job = `job-${index}`;
      await ledger.update(job, () => ({ ...record(job), removedAt: at("12:00"), closedAt: at("12:00") }));
      await ledger.remove(job);
      await ledger.read(job);
    }
    await ledger.load();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ledger.known).toBe(0);
  });
});
