import { describe, expect, it } from "vitest";
import { PasswordChecks } from "../../../src/http/access/password-checks.ts";
import { parsePasswordHash } from "../../../src/http/access/passwords.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** Takes no time to check; nobody knows the password. */
function cheapHash() {
  const hash = parsePasswordHash(`$scrypt$ln=1,r=1,p=1$${"A".repeat(22)}$${"A".repeat(43)}`);
  if (hash === undefined) throw new Error("this is no hash");
  return hash;
}

describe("a client that guesses passwords", () => {
  it("from very many addresses fills no memory: the first of too many gives up", async () => {
    const checks = new PasswordChecks(new FakeClock(at("12:00")));
    const all = Array.from({ length: 200 }, (_, n) =>
      checks.isRight(`guess ${n}`, cheapHash(), `2001:db8::${n.toString(16)}`),
    );
    const results = await Promise.allSettled(all);
    const kinds = results.map(({ status }) => status);
    expect(kinds.filter((kind) => kind === "fulfilled")).toHaveLength(66);
    expect(kinds.slice(-64)).toEqual(Array.from({ length: 64 }, () => "fulfilled"));
    expect(results[2]).toMatchObject({ reason: { code: "too-many-tries" } });
  });

  it("keeps nobody waiting who is at work, though both come from one proxy", async () => {
    const clock = new FakeClock(at("12:00"));
    const checks = new PasswordChecks(clock);
    const hash = cheapHash();
    await checks.isRight("mine", hash, "10.0.0.1");
    for (let minute = 0; minute < 20; minute += 4) {
      await clock.advance(4 * 60_000);
      expect(await checks.isRight("mine", hash, "10.0.0.1")).toBe(false);
    }
    const guesses = Array.from({ length: 8 }, (_, n) => checks.isRight(`guess ${n}`, hash, "10.0.0.1"));
    expect(() => checks.isRight("another", hash, "10.0.0.1")).toThrow("Too many passwords");
    expect(await checks.isRight("mine", hash, "10.0.0.1")).toBe(false);
    void Promise.allSettled(guesses);
  });
});
