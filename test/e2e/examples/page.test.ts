import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { hashPassword } from "../../../src/http/access/passwords.ts";
import { type FrontProxy, startFrontProxy } from "../../lab/front-proxy.ts";
import { freePort } from "../../lab/machine/free-port.ts";
import { testEngine } from "../../lab/test-engine.ts";
import { askOverTls, followOverTls } from "../ask-over-tls.ts";
import { SchedulerProcess, TestFolder } from "../scheduler-process.ts";
import { scheduleFile } from "../schedules.ts";
import { exampleFile } from "./example.ts";

const CONFIGURATIONS = { haproxy: "page/haproxy.cfg", nginx: "page/nginx.conf" } as const;
const BEAT = ": beat";
const PASSWORD = "correct horse";
const signedIn = { Authorization: `Basic ${Buffer.from(`anna:${PASSWORD}`).toString("base64")}` };

describe.each(["haproxy", "nginx"] as const)("behind %s, under /cron/ and over TLS", (program) => {
  let folder: TestFolder;
  let scheduler: SchedulerProcess;
  let proxy: FrontProxy;

  beforeAll(async () => {
    folder = await TestFolder.make();
    const job = { schedule: "0 0 1 1 *", image: "busybox", command: "echo behind a proxy" };
    await folder.writeSchedules(scheduleFile({ "page-proxied": job }));
    const access = join(folder.path, "access.yml");
    const users = { anna: { password: await hashPassword(PASSWORD), role: "operate" } };
    await writeFile(access, JSON.stringify({ anonymous: "none", users }));
    const port = await freePort();
    const known = ["--http-auth", access, "--public-url", `https://127.0.0.1:${port}/cron/`];
    const args = ["--instance", `page-${program}`, "--sources", "files", ...known];
    scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args });
    await scheduler.until("jobs-changed");
    const { host } = new URL(await scheduler.url("/"));
    proxy = await startFrontProxy({ program, example: exampleFile(CONFIGURATIONS[program]), schedulers: [host], port });
  });

  afterAll(async () => {
    await proxy?.takeDown();
    await scheduler?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const ask = (path: string, asking: Parameters<typeof askOverTls>[1] = {}) =>
    askOverTls(`${proxy.url}${path}`, { ...asking, headers: { ...signedIn, ...asking.headers } });

  it("moves /cron to /cron/, and has nothing at other addresses", async () => {
    expect(await ask("/cron")).toMatchObject({ status: 308, headers: { location: "/cron/" } });
    for (const path of ["/", "/cronies", "/metrics"]) expect(await ask(path)).toMatchObject({ status: 404 });
  });

  it("asks for the password, and takes nobody for a command on the scheduler's machine", async () => {
    expect(await askOverTls(`${proxy.url}/cron/`)).toMatchObject({
      status: 401,
      headers: { "www-authenticate": expect.stringContaining("Basic") },
    });
    expect(await ask("/cron/scheduler")).toMatchObject({ status: 404 });
  });

  it("shows the page, whose files are found under the prefix", async () => {
    const { status, body } = await ask("/cron/");
    expect(status).toBe(200);
    expect(body).toContain("page-proxied");
    const links = [...body.matchAll(/ (?:href|src)="([^"#]+)"/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => link.startsWith("/") || /^[a-z]+:/.test(link))).toEqual([]);
    const paths = [...new Set(links.map((link) => new URL(link, `${proxy.url}/cron/`).pathname))];
    for (const path of paths) expect([path, (await ask(path)).status]).toEqual([path, 200]);
  });

  it("starts a run by a form, and refuses the form of another site", async () => {
    const start = (origin: string, path = "/cron/jobs/page-proxied/run") =>
      ask(path, { method: "POST", headers: { Origin: origin }, form: {} });
    expect(await start("https://evil.example")).toMatchObject({ status: 403 });
    const { status, headers } = await start(proxy.url);
    expect(status).toBe(303);
    const address = new URL(headers.location ?? "", `${proxy.url}/cron/jobs/page-proxied/run`);
    expect(address.href).toMatch(`${proxy.url}/cron/`);
    expect(await ask(`${address.pathname}${address.search}`)).toMatchObject({ status: 200 });
    await scheduler.until("run-finished", { job: "page-proxied", outcome: "succeeded" });
    expect(scheduler.all("run-finished")).toHaveLength(1);
  });

  it("passes a stream on as it comes, event by event", async () => {
    let run: Promise<unknown> | undefined;
    const isTold = (text: string) => {
      // The stream is open, and nothing has happened yet.
      run ??= ask("/cron/jobs/page-proxied/run", { method: "POST", headers: { Origin: proxy.url }, form: {} });
      return text.includes('"page-proxied"');
    };
    const { status, text } = await followOverTls(`${proxy.url}/cron/api/v1/events`, signedIn, isTold);
    expect(status).toBe(200);
    expect(text).toMatch(/^retry: /);
    expect(await run).toMatchObject({ status: 303 });
  });
});

it("keeps streams on which nothing happens behind both, for ten minutes", { tags: "full" }, async () => {
  await using folder = await TestFolder.make();
  await folder.writeSchedules(scheduleFile({ "page-idle": { schedule: [], image: "busybox", command: "true" } }));
  const args = ["--instance", "page-idle", "--sources", "files"];
  await using scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args });
  await scheduler.until("jobs-changed");
  const { host } = new URL(await scheduler.url("/"));
  const programs = ["haproxy", "nginx"] as const;
  const streams = programs.map(async (program) => {
    const example = exampleFile(CONFIGURATIONS[program]);
    await using proxy = await startFrontProxy({ program, example, schedulers: [host], port: await freePort() });
    const isEnough = (_: string, elapsedMs: number) => elapsedMs > 600_000;
    return await followOverTls(`${proxy.url}/cron/api/v1/events`, {}, isEnough);
  });
  for (const { text } of await Promise.all(streams)) {
    expect(text.split(BEAT).length - 1).toBeGreaterThanOrEqual(38);
    expect(text).not.toContain("event: bye");
  }
});

// There is no Traefik to try them on: this holds that they say the same as the configurations that are tried above.
describe("the labels for Traefik", () => {
  const read = (path: string) => parse(readFileSync(exampleFile(path), "utf8"));
  const { deploy, networks } = read("page/traefik.yml").services.scheduler;
  const labels = deploy.labels as Readonly<Record<string, string>>;
  const labelOf = (name: string) => labels[`traefik.http.${name}`];
  const { SHIPBELL_PUBLIC_URL: written } = read("page/scheduler.yml").services.scheduler.environment;
  const publicUrl = new URL(/:-(.*)}$/.exec(written)?.[1] ?? "");

  it("route the host and the prefix of the public address, and nothing next to it", () => {
    const prefix = publicUrl.pathname.slice(0, -1);
    expect(labelOf("routers.shipbell.rule")).toBe(
      `Host(\`${publicUrl.hostname}\`) && (Path(\`${prefix}\`) || PathPrefix(\`${prefix}/\`))`,
    );
    expect(labelOf("middlewares.shipbell-prefix.stripprefix.prefixes")).toBe(prefix);
    expect(labelOf("routers.shipbell.tls")).toBe("true");
  });

  it("move the prefix alone to the one with a slash, before the prefix is taken away", () => {
    const move = "middlewares.shipbell-slash.redirectregex";
    // What Compose makes of $$.
    const filled = (name: string) => (labelOf(name) ?? "").replaceAll("$$", "$");
    const moved = (url: string) =>
      url.replace(new RegExp(filled(`${move}.regex`)), filled(`${move}.replacement`).replace(/\$\{1\}/, "$1"));
    expect(moved("https://ops.example.com/cron")).toBe("https://ops.example.com/cron/");
    expect(moved("https://ops.example.com/cron/jobs")).toBe("https://ops.example.com/cron/jobs");
    expect(labelOf("routers.shipbell.middlewares")).toBe("shipbell-slash,shipbell-prefix");
  });

  it("name the scheduler's port, and a network that it is on", () => {
    expect(labelOf("services.shipbell.loadbalancer.server.port")).toBe("8494");
    expect(networks).toContain(labels["traefik.swarm.network"]);
    expect(networks).toContain("shipbell");
  });
});
