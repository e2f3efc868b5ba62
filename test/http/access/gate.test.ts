import { scryptSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseAuthFile } from "../../../src/http/access/auth-file.ts";
import type { FailedSignIn } from "../../../src/http/access/failed-sign-ins.ts";
import { Gate } from "../../../src/http/access/gate.ts";
import { hashPassword, isPassword, parsePasswordHash } from "../../../src/http/access/passwords.ts";
import { hashToken, makeToken } from "../../../src/http/access/tokens.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock, settled } from "../../support/fake-clock.ts";

const PASSWORD = "correct: hörse";
const TOKEN = makeToken();
/** With hashes that cost next to nothing: each of ours takes a tenth of a second. */
const file = `
anonymous: status
users:
  ops: {password: "${cheapHash(PASSWORD)}", role: operate}
  eve: {password: "${cheapHash("another")}", role: read}
tokens:
  ci: {sha256: ${hashToken(TOKEN)}, role: operate, jobs: ["deploy-*"]}
proxy:
  from: [10.0.9.0/24]
  roles: {operate: [cron-admins], read: ["*"]}
`;

function cheapHash(password: string): string {
  const salt = Buffer.from("sixteen bytes ok");
  const key = scryptSync(password.normalize("NFC"), salt, 32, { N: 2, r: 1, p: 1 });
  const [saltText, keyText] = [salt, key].map((bytes) => bytes.toString("base64").replace(/=+$/, ""));
  return `$scrypt$ln=1,r=1,p=1$${saltText}$${keyText}`;
}

/** The file when `ops` has that hash. */
const withHash = (hash: string) => file.replace(/ops: \{password: "[^"]*"/, `ops: {password: "${hash}"`);

const PEER = "192.0.2.1";

function gateOf(text: string | undefined, publicHost?: string) {
  const clock = new FakeClock(at("12:00"));
  const failed: FailedSignIn[] = [];
  const strangers: string[] = [];
  const current = { text };
  const rules = () => {
    if (current.text === undefined) return undefined;
    const read = parseAuthFile(current.text, "auth.yml");
    if ("problems" in read) throw new Error(JSON.stringify(read.problems));
    return read.rules;
  };
  const gate = new Gate({
    clock,
    rules,
    publicHost,
    onFailedSignIn: (one) => failed.push(one),
    onStrangeProxy: (peer) => strangers.push(peer),
  });
  const ask = (headers: Record<string, string> = {}, remoteAddress = PEER) =>
    gate.callerOf({ headers: { host: "here:8494", ...headers }, socket: { remoteAddress } });
  return { gate, ask, clock, failed, strangers, current };
}

function basic(name: string, password: string) {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}

describe("without a file", () => {
  it("everyone may see what the metrics tell, and what a proxy has sent along says nothing", async () => {
    const { gate, ask } = gateOf(undefined);
    expect(await ask()).toEqual({ role: "status" });
    expect(await ask({ authorization: "Bearer x", "remote-user": "root" })).toEqual({ role: "status" });
    expect(await ask({ host: "evil.example" })).toEqual({ role: "status" });
    expect([gate.metricsRole(), gate.hasUsers]).toEqual(["none", false]);
  });
});

describe("a password", () => {
  it("makes its user known, whatever letters it has", async () => {
    const { ask } = gateOf(file);
    expect(await ask(basic("ops", PASSWORD))).toEqual({ name: "ops", role: "operate" });
    expect(await ask(basic("ops", PASSWORD.normalize("NFD")))).toEqual({ name: "ops", role: "operate" });
  });

  it.each([
    ["that is wrong", "ops", "wrong"],
    ["of another user", "ops", "another"],
    ["of nobody", "nobody", "another"],
    ["that is empty", "ops", ""],
  ])("%s is refused, though anonymous callers might see the page", async (_, name, password) => {
    await expect(gateOf(file).ask(basic(name, password))).rejects.toMatchObject({ code: "not-signed-in" });
  });

  it("is checked once in five minutes, until the file has another one", async () => {
    const { ask, clock, current } = gateOf(withHash(await hashPassword(PASSWORD)));
    const once = process.cpuUsage();
    await ask(basic("ops", PASSWORD));
    const onceUs = process.cpuUsage(once).user;
    const again = process.cpuUsage();
    for (let times = 0; times < 20; times++) await ask(basic("ops", PASSWORD));
    expect(process.cpuUsage(again).user).toBeLessThan(onceUs);
    await clock.advance(299_000);
    current.text = withHash(cheapHash("new"));
    await expect(ask(basic("ops", PASSWORD))).rejects.toMatchObject({ code: "not-signed-in" });
  });

  it("is checked a second after a wrong one of the same client, and at once for others", async () => {
    const { ask, clock } = gateOf(file);
    await expect(ask(basic("ops", "wrong"))).rejects.toThrow();
    let isAnswered = false;
    const next = ask(basic("ops", PASSWORD)).then((caller) => {
      isAnswered = true;
      return caller;
    });
    await ask(basic("ops", `${PASSWORD} `), "192.0.2.2").catch(() => {});
    await clock.advance(900);
    expect(isAnswered).toBe(false);
    await clock.advance(100);
    expect(await next).toEqual({ name: "ops", role: "operate" });
  });

  it("is not even checked for a client that sends many at once", async () => {
    const { ask, clock } = gateOf(file);
    const codes: string[] = [];
    const tries = Array.from({ length: 40 }, (_, number) =>
      ask(basic("ops", `guess ${number}`)).catch(({ code }) => codes.push(code)),
    );
    await settled();
    expect(codes.filter((code) => code === "too-many-tries")).toHaveLength(32);
    expect(await ask(basic("ops", PASSWORD), "192.0.2.2")).toMatchObject({ name: "ops" });
    let isOver = false;
    void Promise.all(tries).then(() => {
      isOver = true;
    });
    while (!isOver) await clock.advance(1000);
    expect(codes.filter((code) => code === "not-signed-in")).toHaveLength(8);
  });

  it("that is wrong is told of once a minute for each client, with the name only if a user has it", async () => {
    const { ask, clock, failed } = gateOf(file);
    const fail = (name: string, peer?: string) => {
      const answer = ask(basic(name, "wrong"), peer).catch(() => {});
      return Promise.all([answer, clock.advance(1000)]);
    };
    await fail("ops");
    await fail("hunter2");
    await fail("eve", "192.0.2.2");
    await fail("ops", "192.0.2.3");
    await clock.advance(60_000);
    await expect(Promise.all([ask({ authorization: "Bearer sb_wrong" })])).rejects.toThrow();
    expect(failed).toEqual([
      { peer: PEER, name: "ops", count: 1 },
      { peer: "192.0.2.2", name: "eve", count: 1 },
      { peer: "192.0.2.3", name: "ops", count: 1 },
      { peer: PEER, count: 2 },
    ]);
  });
});

describe("a hash of a password", () => {
  it("is another one each time, and fits the password alone", async () => {
    const [one, other] = await Promise.all([hashPassword("a"), hashPassword("a")]);
    expect(one).not.toBe(other);
    const hash = parsePasswordHash(one);
    if (hash === undefined) throw new Error("no hash");
    expect([await isPassword("a", hash), await isPassword("b", hash)]).toEqual([true, false]);
  });

  it.each([
    "",
    "$scrypt$ln=14,r=8,p=5$$",
    "$scrypt$ln=30,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=14,r=99,p=99$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=0,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$2y$10$abcdefghijklmnopqrstuu",
  ])("is none, or too costly: %s", (text) => expect(parsePasswordHash(text)).toBeUndefined());

  it("made elsewhere with other costs is understood", async () => {
    const { scryptSync } = await import("node:crypto");
    const salt = Buffer.from("sixteen bytes ok");
    const key = scryptSync("x", salt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 });
    const text = `$scrypt$ln=15,r=8,p=1$${salt.toString("base64").replace(/=+$/, "")}$${key.toString("base64").replace(/=+$/, "")}`;
    const hash = parsePasswordHash(text);
    expect(hash && (await isPassword("x", hash))).toBe(true);
  });
});

describe("a token", () => {
  it("makes its holder known, with the jobs that it is limited to", async () => {
    const { ask } = gateOf(file);
    const caller = { name: "ci", role: "operate", jobs: ["deploy-*"] };
    expect(await ask({ authorization: `Bearer ${TOKEN}` })).toEqual(caller);
    expect(await ask({ authorization: `bearer ${TOKEN}` })).toEqual(caller);
  });

  it.each([`${TOKEN}x`, TOKEN.slice(1), hashToken(TOKEN), "sb_"])("that is wrong is refused", async (token) => {
    await expect(gateOf(file).ask({ authorization: `Bearer ${token}` })).rejects.toMatchObject({
      code: "not-signed-in",
    });
  });

  it("is long, new each time, and can be found by programs that look for secrets", () => {
    expect(TOKEN).toMatch(/^sb_[A-Za-z0-9_-]{43}$/);
    expect(makeToken()).not.toBe(makeToken());
  });
});

describe("a proxy that people sign in to", () => {
  it.each([
    [
      { "remote-user": "anna", "remote-groups": "staff,cron-admins" },
      { name: "anna", role: "operate" },
    ],
    [
      { "remote-user": "anna", "remote-groups": "staff|cron-admins" },
      { name: "anna", role: "operate" },
    ],
    [
      { "remote-user": "anna", "remote-groups": "cron-admins-not" },
      { name: "anna", role: "read" },
    ],
    [{ "remote-user": "anna" }, { name: "anna", role: "read" }],
    [{ "remote-user": Buffer.from("Jürgen Groß").toString("latin1") }, { name: "Jürgen Groß", role: "read" }],
    [{ "remote-user": "" }, { role: "status" }],
    [{ "remote-groups": "cron-admins" }, { role: "status" }],
    [
      { "remote-user": "anna", authorization: "Bearer of-the-proxy" },
      { name: "anna", role: "read" },
    ],
  ])("names the caller: %j", async (headers, caller) => {
    expect(await gateOf(file).ask(headers, "::ffff:10.0.9.3")).toEqual(caller);
  });

  it("that sends two names names nobody", async () => {
    const asked = gateOf(file).ask({ "remote-user": "root, anna" }, "10.0.9.3");
    await expect(asked).rejects.toMatchObject({ code: "not-signed-in" });
  });

  it("is believed only from its own addresses, and another one is told of once", async () => {
    const { ask, strangers } = gateOf(file);
    for (const peer of ["10.0.8.3", "10.0.8.3", "10.0.8.4"])
      expect(await ask({ "remote-user": "anna", "remote-groups": "cron-admins" }, peer)).toEqual({ role: "status" });
    expect(strangers).toEqual(["10.0.8.3"]);
  });
});

describe("an anonymous caller", () => {
  it.each(["read", "operate"])("who may %s is asked for under which name it found this scheduler", async (role) => {
    const { ask } = gateOf(`anonymous: ${role}`, "cron.example");
    await expect(ask({ host: "evil.example" })).rejects.toMatchObject({ code: "wrong-host", status: 421 });
    expect(await ask({ host: "cron.example" })).toEqual({ role });
    expect(await ask({ host: "10.0.0.1:8494" })).toEqual({ role });
  });

  it("never has more than those who sign in", async () => {
    const { ask } = gateOf(file.replace("anonymous: status", "anonymous: operate"));
    expect(await ask(basic("eve", "another"))).toEqual({ name: "eve", role: "operate" });
  });
});
