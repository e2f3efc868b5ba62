import { afterEach, describe, expect, it } from "vitest";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { caveatOf, type Maker, readMaker } from "../../../src/engines/docker/maker.ts";
import { prepareExec } from "../../../src/engines/exec/prepare-exec.ts";
import type { ExecTemplate } from "../../../src/job/job.ts";
import { sentenceFor } from "../../../src/observe/log/sentences.ts";
import { anAttemptOrder } from "../../support/a-job.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

let host: FakeDockerHost | undefined;
afterEach(async () => {
  await host?.close();
  host = undefined;
});

const PODMAN = { server: "Libpod/5.8.6 (linux)", "libpod-api-version": "5.8.6" };

describe("the maker of an engine", () => {
  it.each<[Maker, string, Readonly<Record<string, string>>]>([
    ["Docker Engine", "names itself", { server: "Docker/28.5.2 (linux)" }],
    ["Docker Engine", "is behind a proxy that tells nothing", {}],
    ["Podman", "names itself", PODMAN],
    ["Podman", "is behind a proxy that names itself instead", { ...PODMAN, server: "nginx" }],
    ["Podman", "is behind a proxy that passes on only this", { server: PODMAN.server }],
  ])("is %s where it %s", (maker, _name, headers) => expect(readMaker(headers)).toBe(maker));

  it("is named when it answers, with what does not hold there", () => {
    const up = { event: "engine-up", version: "5.8.6", apiVersion: "1.44", ...caveatOf("Podman") } as const;
    expect(sentenceFor(up)).toMatch(
      /^Podman 5\.8\.6 answers \(API 1\.44\): not all .* launch: exec is refused, .*engines\.md\)$/,
    );
    const docker = { event: "engine-up", version: "28.5.2", apiVersion: "1.51", ...caveatOf("Docker Engine") } as const;
    expect(sentenceFor(docker)).toBe("Docker Engine 28.5.2 answers (API 1.51)");
  });
});

it("Podman is given no command for a running container: it would not tell how that ended", async () => {
  host = await fakeDockerHost((_request, response) => response.writeHead(500).end("{}"), "1.44");
  host.pingHeaders = PODMAN;
  const within = { container: "db", mustDeclareJobs: false };
  const template: ExecTemplate = { kind: "exec", within, command: ["true"], environment: {}, needsShell: false };
  const workshop = { docker: connectDocker({ host: host.host }), instance: "ours" };
  expect(await prepareExec(workshop, anAttemptOrder({ template }), template)).toMatchObject({
    kind: "rejected",
    reason: "bad-definition",
    message: expect.stringMatching(/^launch: exec needs Docker Engine/),
  });
  expect(host.requests).toEqual(["GET /_ping?"]);
});
