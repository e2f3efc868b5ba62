import { afterEach, expect, it } from "vitest";
import { connectDocker } from "../../../../src/engines/docker/connect.ts";
import { inspectConfigLedger } from "../../../../src/engines/swarm/ledger/inspect-ledger.ts";
import {
  counterConfigName,
  damagedConfigName,
  recordConfigName,
} from "../../../../src/engines/swarm/ledger/ledger-configs.ts";
import { writeRecord } from "../../../../src/ledger/record-json.ts";
import { aRecord, at } from "../../../support/a-job.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

async function inspect(configs: readonly { readonly name: string; readonly labels: Record<string, string> }[]) {
  const raw = configs.map(({ name, labels }, index) => ({
    ID: `c${index}`,
    Version: { Index: index },
    Spec: { Name: name, Labels: { "shipbell.instance": "ours", ...labels }, Data: "" },
  }));
  host = await fakeDockerHost((_request, response) => response.end(JSON.stringify(raw)));
  return inspectConfigLedger({ docker: connectDocker({ host: host.host }), instance: "ours" });
}

const record = (job: string, text: string) => ({
  name: recordConfigName("ours", job),
  labels: { "shipbell.job": job, "shipbell.page": text },
});

it("the records of a Swarm are counted by kind, and nothing is written, not even of a damaged one", async () => {
  const good = writeRecord(aRecord(at("12:00")));
  const found = await inspect([
    record("backup", good),
    record("report", '{"schema": 99}'),
    record("import", "{"),
    {
      name: damagedConfigName("ours", "import", "["),
      labels: { "shipbell.job": "import", "shipbell.damaged-page": "[" },
    },
    { name: counterConfigName("ours"), labels: { "shipbell.generation": "7" } },
  ]);
  expect(found).toEqual({
    records: [
      { job: "backup", bytes: Buffer.byteLength(good), kind: "record" },
      { job: "report", bytes: 14, kind: "newer" },
      { job: "import", bytes: 1, kind: "damaged" },
    ],
    setAside: 1,
  });
  expect(host.requests.filter((request) => !request.startsWith("GET "))).toEqual([]);
});

it("a Swarm without any has no ledger yet", async () => {
  expect(await inspect([])).toBeUndefined();
});
