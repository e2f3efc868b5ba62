import { describe, expect, test } from "vitest";
import { type EngineFacts, lookAtEngine } from "../../../src/doctor/looks/engine.ts";

const host = "unix:///var/run/docker.sock";
const answers = { kind: "answers", version: "28.5.2", apiVersion: "1.51", newestApi: "1.51" } as const;
const socket = {
  path: "/var/run/docker.sock",
  kind: "socket",
  uid: 0,
  gid: 999,
  ownUid: 1000,
  isReadOnlyMount: false,
} as const;
const silent = (code: string) => ({ kind: "silent", code, message: `GET /_ping: connect ${code}` }) as const;

function said(facts: Omit<EngineFacts, "host"> & { readonly host?: string }): string[] {
  return lookAtEngine({ host, ...facts }).map(
    ({ severity, message, hint }) => `${severity}: ${message}${hint ? ` (${hint})` : ""}`,
  );
}

describe("an engine that answers", () => {
  test("is named with its version and API", () => {
    expect(said({ socket, answer: answers })).toEqual(["ok: Docker Engine 28.5.2 answers, with API 1.51"]);
  });

  test("is one that nobody has tested if it speaks a newer API", () => {
    expect(said({ answer: { ...answers, newestApi: "1.57" } })[1]).toBe(
      "note: the engine also speaks API 1.57; 1.51 is the newest that shipbell is tested with",
    );
  });

  test("of another maker is named, with what does not hold there", () => {
    expect(said({ answer: { ...answers, version: "5.8.6", maker: "Podman", caveat: "it runs no execs" } })).toEqual([
      "ok: Podman 5.8.6 answers, with API 1.51",
      "warning: this is Podman: it runs no execs",
    ]);
  });

  test("at a socket that is mounted read-only is as open as before", () => {
    expect(said({ socket: { ...socket, isReadOnlyMount: true }, answer: answers })[1]).toMatch(
      /^note: .*limits nothing/,
    );
  });
});

describe("an engine that does not answer", () => {
  test.each<[string, Omit<EngineFacts, "host">, RegExp]>([
    [
      "has no socket",
      { socket: { ...socket, kind: "missing" }, answer: silent("ENOENT") },
      /there is no such socket .*-v \/var\/run\/docker\.sock:/,
    ],
    [
      "has a folder in its place",
      { socket: { ...socket, kind: "folder" }, answer: silent("ENOTSOCK") },
      /is a folder, as Docker makes one/,
    ],
    [
      "has a file in its place",
      { socket: { ...socket, kind: "other" }, answer: silent("ECONNREFUSED") },
      /is not a socket/,
    ],
    [
      "may not be asked by this user",
      { socket, answer: silent("EACCES") },
      /permission denied: the socket is for user 0 and group 999, and shipbell runs as user 1000 \(run it with the group: user: "1000:999"\)/,
    ],
    ["may not be asked, and the socket cannot be looked at", { answer: silent("EACCES") }, /permission denied/],
    ["has left its socket behind", { socket, answer: silent("ECONNREFUSED") }, /no engine runs \(start Docker\)/],
    ["listens elsewhere", { answer: silent("ECONNREFUSED") }, /nothing listens there/],
    ["has a name that no machine has", { answer: silent("ENOTFOUND") }, /no machine of this name/],
    [
      "is too old",
      { socket, answer: { kind: "silent", message: "the engine speaks API 1.40; shipbell needs 1.41" } },
      /speaks API 1\.40/,
    ],
  ])("%s", (_, facts, expected) => {
    const [first = ""] = said(facts);
    expect(first).toMatch(/^problem: /);
    expect(first).toMatch(expected);
  });
});
