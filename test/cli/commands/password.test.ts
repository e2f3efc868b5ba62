import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { parseAuthFile } from "../../../src/http/access/auth-file.ts";
import { isPassword } from "../../../src/http/access/passwords.ts";
import { findToken } from "../../../src/http/access/tokens.ts";
import { keepingTerminal } from "../keeping-terminal.ts";

function rulesOf(text: string) {
  const read = parseAuthFile(text, "auth.yml");
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read.rules;
}

async function shipbell(words: readonly string[], given: { piped?: string; typed?: readonly string[] } = {}) {
  const { terminal, out, err, all } = keepingTerminal();
  const input = new PassThrough();
  const typed = [...(given.typed ?? [])];
  // A person types once asked.
  const answering = (text: string) => {
    terminal.err(text);
    const next = typed.shift();
    if (next !== undefined) setImmediate(() => input.write(next));
  };
  const piped = new PassThrough();
  piped.end(given.piped ?? "");
  const streams = given.typed === undefined ? { piped } : { input, err: answering };
  const exitCode = await runCli(words, { ...terminal, ...streams });
  return { exitCode, out, err, all };
}

describe("shipbell password", () => {
  it("makes the line of a user of the first line that it reads", async () => {
    const { exitCode, out } = await shipbell(["password", "ops", "--role", "operate"], {
      piped: "correct: hörse\nmore\n",
    });
    expect([exitCode, out.length]).toEqual([0, 1]);
    const user = rulesOf(`users:\n${out.join("\n")}\n`).users.get("ops");
    expect(user?.role).toBe("operate");
    expect(user && (await isPassword("correct: hörse", user.password))).toBe(true);
  });

  it("asks a person twice, and shows nothing of what is typed", async () => {
    const { exitCode, out, all } = await shipbell(["password", "Jürgen G."], {
      typed: ["hunter2hunter2\r", "hunter2hunter2\r"],
    });
    expect(exitCode).toBe(0);
    expect(all.slice(0, 2)).toEqual(["Password:", "The same again:"]);
    expect(all.join("\n")).not.toContain("hunter2");
    expect([...rulesOf(`users:\n${out.join("\n")}`).users.keys()]).toEqual(["Jürgen G."]);
  });

  it.each([
    [{ typed: ["hunter2hunter2\r", "hunter2hunter3\r"] }, "the two passwords differ"],
    [{ typed: ["\u0003"] }, "the password has 0 characters; it needs at least 8"],
    [{ piped: "seven77\n" }, "the password has 7 characters; it needs at least 8"],
    [{ piped: "x" }, "the password has 1 character; it needs at least 8"],
    [{ piped: "" }, "the password has 0 characters; it needs at least 8"],
    [{ piped: "hunter2\u0007hunter2" }, "the password has a character that cannot be typed"],
    [{ piped: "x".repeat(1001) }, "the password is longer than 1000 characters"],
  ])("takes none that is no good: %j", async (given, why) => {
    const { exitCode, out, err } = await shipbell(["password"], given);
    expect({ exitCode, out, why: err.at(-1) }).toEqual({ exitCode: 1, out: [], why: `shipbell: ${why}` });
  });

  it.each([
    [["password", "a:b"], "shipbell: this cannot be a name: 1 to 32 characters without a comma, a colon and a bar"],
    [["password", "--role", "admin"], 'shipbell: --role: "admin" is not one of status, read, operate'],
    [["token", "--role", "none"], 'shipbell: --role: "none" is not one of status, read, operate'],
  ])("%j is wrong usage", async (words, why) => {
    expect(await shipbell(words)).toMatchObject({ exitCode: 2, out: [], err: [why] });
  });
});

describe("shipbell token", () => {
  it("prints the token once, and its line with the hash alone", async () => {
    const { exitCode, out } = await shipbell(["token", "ci"]);
    const [token = "", line = ""] = out;
    expect([exitCode, out.length]).toEqual([0, 2]);
    expect(line).not.toContain(token.slice(3));
    const { tokens } = rulesOf(`tokens:\n${line}`);
    expect(findToken(tokens, token)).toMatchObject({ name: "ci", role: "read" });
  });
});
