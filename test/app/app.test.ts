import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { bareEnvironment } from "../support/bare-environment.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipbell-app-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a scheduler warns at its start of a variable of Docker that it does not read, whether or not an engine answers", async () => {
  const main = join(import.meta.dirname, "../../src/main.ts");
  const host = `unix://${join(folder, "none.sock")}`;
  const flags = ["--docker-host", host, "--listen", "127.0.0.1:0", "--state-dir", folder, "--schedules", folder];
  const scheduler = spawn(process.execPath, [main, "serve", ...flags, "--log-format", "json"], {
    env: { ...bareEnvironment, DOCKER_API_VERSION: "1.41", DOCKER_CONTEXT: "prod" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const problems: unknown[] = [];
    for await (const line of createInterface({ input: scheduler.stdout })) {
      const entry: unknown = JSON.parse(line);
      if (JSON.stringify(entry).includes('"problem"')) problems.push(entry);
      if (line.includes("engine-down")) break;
    }
    expect(problems).toEqual([expect.objectContaining({ event: "problem", at: "DOCKER_API_VERSION" })]);
  } finally {
    scheduler.kill("SIGKILL");
  }
});

/** Names each module that a process loads, on standard error. */
const NAMES_MODULES = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({ load: (url, context, next) => (process.stderr.write("loads " + url + "\\n"), next(url, context)) });
`)}`;

/** The modules that the program has loaded when it prints a line with this in it. */
async function modulesUntil(
  lineWith: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const main = join(import.meta.dirname, "../../src/main.ts");
  const program = spawn(process.execPath, ["--import", NAMES_MODULES, main, ...args], {
    env: { ...bareEnvironment, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let err = "";
  program.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const lines: string[] = [];
  try {
    for await (const line of createInterface({ input: program.stdout })) {
      lines.push(line);
      if (line.includes(lineWith)) break;
    }
  } finally {
    program.kill("SIGKILL");
  }
  expect(lines.join("\n")).toContain(lineWith);
  return [...err.matchAll(/^loads (.*)$/gm)].map(([, url = ""]) => url);
}

/** The modules of a scheduler that has read its jobs. */
async function modulesOfScheduler(...args: readonly string[]): Promise<readonly string[]> {
  const host = `unix://${join(folder, "none.sock")}`;
  await writeFile(join(folder, "jobs.yml"), "jobs: {a: {image: busybox, schedule: '@daily'}}");
  const flags = ["--docker-host", host, "--listen", "127.0.0.1:0", "--state-dir", join(folder, "state")];
  const fixed = ["--engine", "container", "--schedules", join(folder, "jobs.yml"), "--log-format", "json"];
  return modulesUntil('"jobs-changed"', ["serve", ...flags, ...fixed, ...args]);
}

describe("what reads jobs", () => {
  const readers = (urls: readonly string[]) =>
    urls.flatMap(
      (url) => /\/(?:src\/definition\/(?:labels|compose|files)\/|node_modules\/yaml\/)(.*)$/.exec(url)?.[1] ?? [],
    );

  it("is not loaded by a scheduler that has neither schedule files nor labelled objects", async () => {
    const host = `unix://${join(folder, "none.sock")}`;
    const flags = ["--docker-host", host, "--listen", "127.0.0.1:0", "--state-dir", folder, "--log-format", "json"];
    const modules = await modulesUntil('"engine-down"', ["serve", ...flags, "--sources", "containers"]);
    // Names of labels, for those who list objects; and what refuses copies.
    expect(readers(modules).sort()).toEqual(["labelled-object.ts", "refusal.ts"]);
  });

  it("is loaded with the first schedule file, without what reads labels", async () => {
    const loaded = readers(await modulesOfScheduler());
    expect(loaded).toContain("parse-schedule-file.ts");
    for (const other of ["parse-labels.ts", "declares-run.ts", "label-form.ts"]) expect(loaded).not.toContain(other);
  });
});

describe("what reads jobs of other schedulers", () => {
  /** Without `kinds.ts`, which has the names of the kinds for the command line. */
  const importers = (urls: readonly string[]) =>
    urls.filter((url) => /\/src\/definition\/import\/(?!kinds\.ts$)/.test(url));

  it("is not loaded by a scheduler of which no setting wants labels of others", async () => {
    expect(importers(await modulesOfScheduler())).toEqual([]);
  });

  it("is loaded by the command that imports", async () => {
    await writeFile(join(folder, "crontab"), "0 3 * * * /usr/bin/backup\n");
    const modules = await modulesUntil("backup", ["import", "crontab", "--image", "busybox", join(folder, "crontab")]);
    expect(importers(modules)).not.toEqual([]);
  });
});

describe("what tells others", () => {
  /** The modules of `notify/`, and the packages that it needs, of a scheduler that has read its jobs. */
  async function loaded(...args: readonly string[]): Promise<readonly string[]> {
    const own = /\/(?:src\/notify|node_modules\/(?=nodemailer|mustache))\/?(.*)$/;
    return (await modulesOfScheduler(...args)).flatMap((url) => {
      const [, path] = own.exec(url) ?? [];
      return path === undefined ? [] : [path.replace(/\/.*/, "")];
    });
  }

  it("is not loaded where there is nobody to tell", async () => {
    expect(await loaded()).toEqual([]);
  });

  it("is loaded with the channels, without mail and without pings", async () => {
    const channels = join(folder, "channels.yml");
    await writeFile(channels, "channels: {hook: {kind: webhook, url: 'https://hooks.example/x'}}");
    const modules = await loaded("--channels", channels);
    expect(modules).toContain("outbox.ts");
    for (const other of ["nodemailer", "mail.ts", "pings.ts", "heartbeat.ts"]) expect(modules).not.toContain(other);
  });
});

describe("what sends traces", () => {
  /** Without the API of OpenTelemetry, which prom-client loads for exemplars. */
  async function loaded(variables: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const host = `unix://${join(folder, "none.sock")}`;
    const flags = ["--docker-host", host, "--listen", "127.0.0.1:0", "--state-dir", folder, "--log-format", "json"];
    const urls = await modulesUntil('"engine-down"', ["serve", ...flags, "--sources", "containers"], variables);
    const own = /\/(?:src\/(app\/traces|observe\/traces|notify)|node_modules\/@opentelemetry\/(?!api\/)([\w-]+))\b/;
    return [...new Set(urls.flatMap((url) => own.exec(url)?.slice(1).filter(Boolean) ?? []))];
  }

  it("is not loaded without a receiver of traces, nor where traces are turned off", async () => {
    expect(await loaded({ OTEL_SERVICE_NAME: "cron" })).toEqual([]);
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };
    expect(await loaded({ ...endpoint, OTEL_SDK_DISABLED: "true" })).toEqual([]);
  });

  it("is loaded with one", async () => {
    const modules = await loaded({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" });
    for (const name of ["app/traces", "observe/traces", "otlp-transformer"]) expect(modules).toContain(name);
  });
});
