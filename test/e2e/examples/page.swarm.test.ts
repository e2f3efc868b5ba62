// @module-tag full
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { hashPassword } from "../../../src/http/access/passwords.ts";
import { writeCertificate } from "../../lab/front-proxy.ts";
import { ensureHaproxyImage } from "../../lab/haproxy.ts";
import { ensureImages } from "../../lab/images.ts";
import { nginx } from "../../lab/stand-ins/nginx.ts";
import { openSwarm } from "../../lab/swarm.ts";
import { askOverTls, type TlsAnswer } from "../ask-over-tls.ts";
import { eventually } from "../eventually.ts";
import { TestFolder } from "../scheduler-process.ts";
import { scheduleFile } from "../schedules.ts";
import { deployStack, ShipbellStack, untilStackIsGone } from "../stack.ts";
import { exampleFile } from "./example.ts";

const swarm = openSwarm(inject("swarm"));
const [manager] = swarm.managers;
if (manager === undefined) throw new Error("this test needs a manager");
const PORT = "8443";
const SECRETS = ["shipbell-access-1", "page-certificate-1"] as const;
const PASSWORD = "correct horse";
const signedIn = { Authorization: `Basic ${Buffer.from(`anna:${PASSWORD}`).toString("base64")}` };

let folder: TestFolder;
let shipbell: ShipbellStack;

beforeAll(async () => {
  folder = await TestFolder.make();
  const users = { anna: { password: await hashPassword(PASSWORD), role: "operate" } };
  const access = join(folder.path, "access.yml");
  await writeFile(access, JSON.stringify({ anonymous: "none", users }));
  const files = { "shipbell-access-1": access, "page-certificate-1": await writeCertificate(folder.path) };
  for (const name of SECRETS) {
    const Data = (await readFile(files[name])).toString("base64");
    await manager.api("POST", "/secrets/create", { Name: name, Data });
  }
  const job = { schedule: "0 0 1 1 *", image: "busybox", command: "echo from outside" };
  const variables = { SHIPBELL_PUBLIC_URL: `https://${manager.address}:${PORT}/cron/` };
  const onTop = { files: [exampleFile("page/scheduler.yml")], variables };
  shipbell = await ShipbellStack.deploy(swarm, scheduleFile({ "page-haproxy": job, "page-nginx": job }), onTop);
});

afterAll(async () => {
  await shipbell?.[Symbol.asyncDispose]();
  for (const name of SECRETS) await manager.api("DELETE", `/secrets/${name}`);
  await folder?.[Symbol.asyncDispose]();
});

const pageAt = (address: string, path = ""): Promise<TlsAnswer> =>
  askOverTls(`https://${address}:${PORT}/cron/${path}`, { headers: signedIn });

/** The image and the variables of a proxy's stack. */
const PROXIES = {
  haproxy: async () => ({ HAPROXY_IMAGE: await ensureHaproxyImage(swarm.hosts, folder.path) }),
  nginx: async () => {
    for (const host of swarm.hosts) await ensureImages(host, [nginx.image]);
    return { NGINX_IMAGE: nginx.image };
  },
} as const;

describe.each(["haproxy", "nginx"] as const)("behind %s", (program) => {
  beforeAll(async () => {
    const variables = { ...(await PROXIES[program]()), PAGE_PORT: PORT };
    await deployStack(manager, "page", exampleFile(`page/${program}.yml`), variables);
  });

  afterAll(async () => {
    await manager.docker("stack", "rm", "page");
    await untilStackIsGone(manager, "page");
  });

  it("shows the page at each node from outside of the Swarm, by two schedulers, also when one of them is gone", async () => {
    await shipbell.scale(2);
    for (const { name, address } of swarm.hosts) {
      const shown = await eventually(`the page at ${name}`, async () => {
        const answer = await pageAt(address).catch(() => undefined);
        return answer?.status === 200 ? answer : undefined;
      });
      expect(shown.body).toContain(`page-${program}`);
    }
    expect(await askOverTls(`https://${manager.address}:${PORT}/cron/`)).toMatchObject({ status: 401 });

    const start = await askOverTls(`https://${manager.address}:${PORT}/cron/jobs/page-${program}/run`, {
      method: "POST",
      headers: { ...signedIn, Origin: `https://${manager.address}:${PORT}` },
      form: {},
    });
    expect(start.status).toBe(303);
    await shipbell.log.until("run-finished", { job: `page-${program}`, outcome: "succeeded" }, {});

    await shipbell.scale(1);
    for (let asked = 0; asked < 5; asked++) expect(await pageAt(manager.address)).toMatchObject({ status: 200 });
  });
});
