import { once } from "node:events";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FindingShape } from "../../src/view/shapes/finding-shape.ts";
import { engineAt } from "../lab/engine-client.ts";
import { startSocketProxy } from "../lab/haproxy.ts";
import { freePort } from "../lab/machine/free-port.ts";
import { ensureShipbellImage, SHIPBELL_IMAGE } from "../lab/shipbell-image.ts";
import { testEngine } from "../lab/test-engine.ts";
import { OpenFolder } from "./other-user.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";

const PROXY = join(import.meta.dirname, "../../docs/examples/socket-proxy/haproxy-container.cfg");
const PAGE = join(import.meta.dirname, "../../docs/operating.md");
const engine = engineAt(testEngine());
const { docker, dockerHost, socketPath } = engine;
const nightly = { schedule: "0 3 * * *", timezone: "Europe/Berlin", image: "busybox" };

let folder: TestFolder;
beforeAll(async () => {
  folder = await TestFolder.make();
  await folder.writeSchedules(scheduleFile({ nightly }));
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Examined {
  readonly code: number | null;
  /** Without those that are as they should be. */
  readonly findings: readonly FindingShape[];
}

async function examine(host: string, ...args: readonly string[]): Promise<Examined> {
  return examineAt("127.0.0.1:1", host, ...args);
}

async function examineAt(listen: string, host: string, ...args: readonly string[]): Promise<Examined> {
  const settings = ["--docker-host", host, "--schedules", folder.schedules, "--state-dir", folder.stateDir];
  const { code, stdout } = await shipbell([
    "doctor",
    "--quiet",
    "--format",
    "json",
    ...settings,
    "--listen",
    listen,
    ...args,
  ]);
  return { code, findings: JSON.parse(stdout) };
}

/** Runs of other tests may be on this engine, and are noted. */
const ofThisInstance = ({ findings }: Examined) =>
  findings.filter(({ message }) => !message.startsWith("other instances have runs here"));

/** Those that are worse than a note. */
const bad = ({ findings }: Examined) => findings.filter(({ severity }) => severity !== "note");

describe("a deployment is examined", () => {
  it("before its scheduler is started, and stays as it is", async () => {
    const before = await docker("ps", "--all", "--quiet");
    const found = await examine(dockerHost, "--strict");
    expect([found.code, bad(found)]).toEqual([0, []]);
    expect(await docker("ps", "--all", "--quiet")).toBe(before);
    expect(await docker("network", "ls", "--format", "{{.Name}}")).toBe("bridge\nhost\nnone");
  });

  it("while its scheduler works, and no other one is taken for it", async () => {
    await using scheduler = new SchedulerProcess({ dockerHost, folder });
    await scheduler.until("jobs-changed");
    const { address } = await scheduler.until("scheduler-started");
    const found = await examineAt(String(address), dockerHost, "--strict");
    expect([found.code, bad(found)]).toEqual([0, []]);
    expect(ofThisInstance(found).map(({ at }) => at)).toEqual(["--channels", "--heartbeat"]);
    const elsewhere = await examine(dockerHost);
    expect(elsewhere.findings).toContainEqual(
      expect.objectContaining({
        at: "shipbell",
        message: expect.stringContaining(`process id ${scheduler.pid} works on`),
      }),
    );
  });

  it("behind a socket proxy that refuses one request, and hears what does not work without it", async () => {
    await using proxy = await startSocketProxy(await without("rename", folder.path), socketPath);
    const found = await examine(proxy.dockerHost);
    expect(found.code).toBe(1);
    expect(bad(found)).toEqual([
      {
        look: "requests",
        severity: "problem",
        at: proxy.dockerHost,
        message:
          "POST /containers/NAME/rename is refused (403), without which a start without an answer is not repeated",
        hint: "what is between shipbell and the engine, a socket proxy say, has to allow it",
      },
    ]);
    expect(await proxy.denied()).toEqual([
      expect.stringMatching(/^POST \/v1\.\d+\/containers\/shipbell-doctor-\w+\/rename/),
    ]);
  });

  it("without an engine, and hears of everything else", async () => {
    await folder.writeSchedules(scheduleFile({ nightly, wrong: { schedule: "61 * * * *", image: "busybox" } }));
    const found = await examine("unix:///nowhere/docker.sock", "--http-auth", "/nowhere/auth.yml");
    await folder.writeSchedules(scheduleFile({ nightly }));
    expect(found.code).toBe(1);
    expect(bad(found).map(({ look, message }) => [look, message])).toEqual([
      ["engine", "there is no such socket"],
      ["jobs", expect.stringContaining('"61" is not a minute')],
      ["telling", expect.stringContaining("cannot be read")],
    ]);
  });

  it("by a user who may not open the socket, and says with which group that user may", async () => {
    const found = await examineAsNobody();
    expect(found[0]).toMatchObject({
      look: "engine",
      severity: "problem",
      message: "permission denied: the socket is for user 0 and group 0, and shipbell runs as user 65534",
      hint: 'run it with the group: user: "65534:0"',
    });
  });

  it("next to another scheduler, which is named", async () => {
    await docker("tag", "busybox", "mcuadros/ofelia:0.3");
    await docker("run", "--detach", "--name", "doctor-cron", "mcuadros/ofelia:0.3", "sleep", "1000");
    try {
      const found = await examine(dockerHost);
      expect([found.code, bad(found).map(({ at, message }) => [at, message])]).toEqual([
        0,
        [["container doctor-cron", "is Ofelia (mcuadros/ofelia:0.3): a job that both know runs twice"]],
      ]);
      expect((await examine(dockerHost, "--strict")).code).toBe(1);
    } finally {
      await docker("rm", "--force", "doctor-cron");
      await docker("rmi", "mcuadros/ofelia:0.3");
    }
  });

  it("with labels of another scheduler that are carried out as they stand, and their jobs are known", async () => {
    const labels = [
      "ofelia.enabled=true",
      "ofelia.job-exec.nightly.schedule=61 * * * *",
      "ofelia.job-exec.nightly.command=a",
    ];
    const flags = labels.flatMap((label) => ["--label", label]);
    await docker("run", "--detach", "--name", "doctor-labelled", ...flags, "busybox", "sleep", "1000");
    try {
      expect(bad(await examine(dockerHost))).toEqual([]);
      const found = await examine(dockerHost, "--also-labels", "ofelia-0.4");
      expect(bad(found)).toMatchObject([
        { look: "jobs", severity: "problem", at: expect.stringContaining("doctor-labelled") },
      ]);
    } finally {
      await docker("rm", "--force", "doctor-labelled");
    }
  });

  it("on a Swarm with one manager, which works, and is lost with it", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    await docker("swarm", "init", "--advertise-addr", address, "--listen-addr", address);
    try {
      const found = await examine(dockerHost);
      expect([found.code, bad(found)]).toEqual([0, []]);
      expect(found.findings).toContainEqual(
        expect.objectContaining({ look: "swarm", message: "with this one manager, the whole Swarm is lost" }),
      );
      const wrong = await examine(dockerHost, "--sources", "containers");
      expect([wrong.code, bad(wrong).map(({ message }) => message)]).toEqual([
        1,
        expect.arrayContaining([expect.stringContaining("only services can be copied")]),
      ]);
    } finally {
      await docker("swarm", "leave", "--force");
    }
  });
});

it("docs/operating.md shows what it prints inside the scheduler's container", async () => {
  await ensureShipbellImage([engine]);
  const mounts = [`${socketPath}:/var/run/docker.sock`, `${folder.path}:/etc/shipbell/schedules:ro`];
  const env = ["SHIPBELL_TIMEZONE=Europe/Berlin"];
  const options = ["--detach", "--name", "doctor-shipbell", "--read-only", "--tmpfs", "/var/lib/shipbell"];
  const flags = [
    ...mounts.flatMap((mount) => ["--volume", mount]),
    ...env.flatMap((variable) => ["--env", variable]),
    "--publish",
    "127.0.0.1::8494",
  ];
  await docker("run", ...options, ...flags, SHIPBELL_IMAGE);
  try {
    const exec = (...words: string[]) => docker("exec", "doctor-shipbell", "shipbell", ...words);
    await expect.poll(() => exec("problems").catch(() => "none answers")).toMatch(/^1 job, 0 problems/m);
    const printed = `$ shipbell doctor\n${await exec("doctor")}\n`;
    const [, shown = ""] = /^```console\n(\$ shipbell doctor\n.*?)^```$/ms.exec(await readFile(PAGE, "utf8")) ?? [];
    expect(timeless(printed)).toBe(timeless(shown));
  } finally {
    await docker("rm", "--force", "--volumes", "doctor-shipbell");
  }
});

/** Versions and sizes are others on each day, and where a line ends follows from them; other tests may have left runs. */
function timeless(output: string): string {
  return output
    .replace(/\s+/g, " ")
    .replace(/\b\d+\.\d+\.\d+\S*/g, "VERSION")
    .replace(/\b\d+ KB/g, "SIZE")
    .replace(/\bAPI \d+\.\d+/g, "API")
    .replace(/\b20\d\d[a-z]\b/g, "DATA")
    .replace(/ note unix:\S+ the engine also speaks API; API is the newest that shipbell is tested with/, "")
    .replace(/ note shipbell: other instances have runs here: .*?\(each touches only its own\)/, "")
    .replace(/\b\d+ notes/, "NOTES")
    .replace(/\bport \d+ of/g, "port PORT of");
}

/** The shipped configuration without the rule for one verb. */
async function without(verb: string, into: string): Promise<string> {
  const lines = (await readFile(PROXY, "utf8")).split("\n");
  const path = join(into, "haproxy.cfg");
  await writeFile(path, lines.filter((line) => !line.includes(`/${verb}$`)).join("\n"));
  return path;
}

/** As the user 65534, at a socket that is open to root and its group alone. */
async function examineAsNobody(): Promise<readonly FindingShape[]> {
  await using open = await OpenFolder.make();
  const socket = join(open.path, "docker.sock");
  const server = createServer().listen(socket);
  try {
    await once(server, "listening");
    await chmod(socket, 0o660);
    const args = ["doctor", "--quiet", "--format", "json", "--docker-host", `unix://${socket}`];
    const { stdout } = await open.shipbell(65534, [...args, "--listen", "127.0.0.1:1"]);
    return JSON.parse(stdout);
  } finally {
    server.close();
  }
}
