import { describe, expect, it } from "vitest";
import { parseAuthFile } from "../../../src/http/access/auth-file.ts";
import { hashPassword } from "../../../src/http/access/passwords.ts";
import { hashToken } from "../../../src/http/access/tokens.ts";
import { formatProblem } from "../../../src/job/problem.ts";

const HASH = await hashPassword("correct horse");
const SHA256 = hashToken("sb_token");

function rulesOf(text: string) {
  const read = parseAuthFile(text, "auth.yml");
  if ("problems" in read) throw new Error(read.problems.map(formatProblem).join("\n"));
  return read.rules;
}

function problemsOf(text: string): readonly string[] {
  const read = parseAuthFile(text, "auth.yml");
  return "problems" in read ? read.problems.map(formatProblem) : [];
}

describe("the file of --http-auth", () => {
  it("says who may do what", () => {
    const rules = rulesOf(`
anonymous: none
users:
  ops: {password: "${HASH}", role: operate}
tokens:
  ci: {sha256: ${SHA256.toUpperCase()}, role: operate, jobs: ["deploy-*"]}
  grafana: {sha256: ${hashToken("sb_other")}, role: read}
proxy:
  from: [10.0.9.0/24, fd00::/8]
  user: X-User
  roles: {operate: [cron-admins], read: ["*"]}
metrics: read
`);
    expect(rules).toMatchObject({
      anonymous: "none",
      tokens: [
        { name: "ci", sha256: SHA256, role: "operate", jobs: ["deploy-*"] },
        { name: "grafana", role: "read" },
      ],
      proxy: { user: "x-user", groups: "remote-groups", roles: { operate: ["cron-admins"], read: ["*"] } },
      metrics: "read",
    });
    expect(rules.users.get("ops")?.role).toBe("operate");
    const isProxy = (address: string) => rules.proxy?.isProxy(address);
    expect(["10.0.9.7", "::ffff:10.0.9.7", "fd12::1", "10.0.10.7", "fe80::1", ""].map(isProxy)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it.each(["", "# nothing yet\n", "{}", "users:\n"])(
    "gives anonymous callers the role status if it says nothing: %j",
    (text) => {
      expect(rulesOf(text)).toMatchObject({ anonymous: "status", tokens: [], metrics: "open" });
    },
  );

  it.each([
    ["anonymous: admin", 'auth.yml:1:12: anonymous must be one of none, status, read, operate, not "admin"'],
    ["anonymus: read", 'auth.yml:1:1: unknown key "anonymus" (did you mean anonymous?)'],
    ["colour: red", "auth.yml:1:1: unknown key (known are anonymous, users, tokens, proxy, metrics)"],
    ["- a", "auth.yml:1:1: must be a map with anonymous, users, tokens, proxy, metrics, not a list"],
    ["users: [ops]", "auth.yml:1:1: users must be a map of users by name, not a list"],
    ["users:\n  ops: {role: read}", "auth.yml:2:3: users.ops.password is missing"],
    [
      "users:\n  ops: {password: a, role: read}",
      'auth.yml:2:19: users.ops.password must be what "shipbell password" prints, which begins with $scrypt$, in quotes, not "a"',
    ],
    [
      `users:\n  ops: {password: "${HASH}", role: none}`,
      /^auth\.yml:2:\d+: users\.ops\.role must be one of status, read, operate, not "none"$/,
    ],
    ["tokens:\n  a:b: {sha256: x, role: read}", "auth.yml:2:3: this cannot name a token"],
    [
      `tokens:\n  ci: {sha256: 12, role: read}`,
      'auth.yml:2:16: tokens.ci.sha256 must be what "shipbell token" prints, which has 64 hexadecimal digits, not "12"',
    ],
    [
      `tokens:\n  ci: {sha256: ${SHA256}, role: read}\n  cd: {sha256: ${SHA256}, role: read}`,
      "auth.yml:3:3: tokens.cd is the same token as ci (make another one)",
    ],
    [
      `users:\n  ci: {password: "${HASH}", role: read}\ntokens:\n  ci: {sha256: ${SHA256}, role: read}`,
      "auth.yml:4:3: tokens.ci: a user has this name, too (choose another one)",
    ],
    [
      `tokens:\n  ci: {sha256: ${SHA256}, role: read, jobs: []}`,
      /tokens\.ci\.jobs must be a list of names of jobs, and is empty$/,
    ],
    ["proxy: {}", "auth.yml:1:1: proxy.from is missing\nauth.yml:1:1: proxy.roles is missing"],
    ["proxy: {from: [here], roles: {}}", 'auth.yml:1:16: proxy.from must be a network such as 10.0.9.0/24, not "here"'],
    ["proxy: {from: [10.0.0.0/33], roles: {}}", /must be a network such as 10\.0\.9\.0\/24/],
    [
      "proxy: {from: [10.0.0.1], roles: {admin: [a]}}",
      /^auth.yml:1:\d+: unknown key under proxy\.roles \(known are status, read, operate\)$/,
    ],
    ["metrics: closed", 'auth.yml:1:10: metrics must be one of open, read, not "closed"'],
    ["metrics: open\nmetrics: read", "auth.yml:2:1: this key occurs twice"],
    ["a: &x 1\nb: *x", "auth.yml:2:4: aliases are not allowed here"],
    ["users: {ops", /^auth\.yml:1:\d+: this is not valid YAML \(/],
  ])("%j: %s", (text, expected) => {
    const found = problemsOf(text).join("\n");
    if (typeof expected === "string") expect(found).toBe(expected);
    else expect(found).toMatch(expected);
  });

  it("may be neither endless nor a maze", () => {
    expect(problemsOf("[".repeat(5000))).toHaveLength(1);
    expect(problemsOf("[".repeat(5000) + "]".repeat(5000))).toHaveLength(1);
    expect(problemsOf("#".repeat(1_000_001))).toEqual(["auth.yml: the file is larger than 1 MB"]);
  });

  it.each([
    (secret: string) => `users:\n  ops: ${secret}`,
    (secret: string) => `users:\n  ${secret}: ops`,
    (secret: string) => `users:\n  ops: {password: ${secret}, role: x}`,
    (secret: string) => `users:\n  ops: {${secret}: 1, role: read}`,
    (secret: string) => `tokens:\n  ${secret}: {sha256: ci, role: read}`,
    (secret: string) => `tokens:\n  ci: {sha256: ${secret}, role: ${secret}}`,
    (secret: string) => `tokens:\n  ci: {sha256: @${secret}\n`,
    (secret: string) => `tokens:\n  ci: !${secret} x`,
    (secret: string) => `tokens:\n  ci:${secret}\n  role: a`,
    (secret: string) => `tokens: "${secret}`,
    (secret: string) => `anonymous: ${secret}`,
    (secret: string) => `${secret}: *${secret}`,
  ])("quotes no token and no hash, wherever it was put by mistake: %s", (textWith) => {
    for (const secret of [`sb_${"q".repeat(43)}`, HASH, `"${HASH}"`, SHA256]) {
      const problems = problemsOf(textWith(secret)).join("\n");
      expect(problems).not.toBe("");
      expect(problems).not.toContain(secret.replaceAll('"', "").slice(3, 23));
    }
  });
});
