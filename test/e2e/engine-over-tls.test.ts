// @module-tag full
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startEngine } from "../lab/engine.ts";
import { writeCertificate } from "../lab/front-proxy.ts";
import { ensureImages } from "../lab/images.ts";
import { freePort } from "../lab/machine/free-port.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND, scheduleFile } from "./schedules.ts";

/** What Docker's own tools read from DOCKER_CERT_PATH; engine and client have one certificate, which has signed itself. */
async function writeCertificates(folder: string): Promise<void> {
  await mkdir(folder);
  const pem = await readFile(await writeCertificate(folder), "utf8");
  const [certificate = "", key = ""] = pem.split(/(?<=-----END CERTIFICATE-----\n)/);
  await writeFile(join(folder, "ca.pem"), certificate);
  await writeFile(join(folder, "cert.pem"), certificate);
  await writeFile(join(folder, "key.pem"), key);
}

it("a job runs on an engine at tcp:// that knows its clients by their certificates", async () => {
  await using folder = await TestFolder.make();
  const certificates = join(folder.path, "certificates");
  await writeCertificates(certificates);
  const dockerHost = `tcp://127.0.0.1:${await freePort()}`;
  const files = ["--tlscacert", "ca.pem", "--tlscert", "cert.pem", "--tlskey", "key.pem"];
  const tls = files.map((word) => (word.endsWith(".pem") ? join(certificates, word) : word));
  await using engine = await startEngine({ dockerdOptions: ["--host", dockerHost, "--tlsverify", ...tls] });
  await ensureImages(engine, ["busybox:latest"]);
  await folder.writeSchedules(
    scheduleFile({ tick: { schedule: EVERY_SECOND, image: "busybox", command: "echo over TLS" } }),
  );
  const env = { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: certificates };
  await using scheduler = new SchedulerProcess({ dockerHost, folder, env });
  await scheduler.until("run-finished", { job: "tick", outcome: "succeeded" });
  expect(await scheduler.until("job-output", { job: "tick" })).toMatchObject({ line: "over TLS" });
});
