import { describe, expect, it } from "vitest";
import { LedgerUnusable } from "../../../src/ledger/sqlite/ledger-fault.ts";
import { untilUsable } from "../../../src/ledger/sqlite/until-usable.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

describe("what needs a file of the state directory", () => {
  /** What comes of it when it fails with these, one after the other, and then succeeds. */
  async function begin(failures: readonly (Error | string)[]) {
    const clock = new FakeClock(at("12:00"));
    const stop = new AbortController();
    const told: (string | undefined)[] = [];
    const left = [...failures];
    const work = () => {
      const failure = left.shift();
      if (failure !== undefined) throw typeof failure === "string" ? new LedgerUnusable(failure) : failure;
      return "done";
    };
    const waiting = { clock, onTrouble: (cause: Error | undefined) => void told.push(cause?.message) };
    const result = untilUsable(work, waiting, stop.signal).catch((error: Error) => error.message);
    return { clock, stop, told, result };
  }

  it("is done at once where that can be, and nothing is told", async () => {
    const { result, told } = await begin([]);
    expect(await result).toBe("done");
    expect(told).toEqual([]);
  });

  it("is tried again until it can be done; each reason is told once, and that it is over", async () => {
    const { clock, result, told } = await begin(["full", "full", "read-only", "full"]);
    await clock.advance(60_000);
    expect(await result).toBe("done");
    expect(told).toEqual(["full", "read-only", "full", undefined]);
  });

  it("is given up when it is to stop, and for anything else that is wrong", async () => {
    const { clock, stop, result } = await begin(Array.from({ length: 100 }, () => "full"));
    await clock.advance(10_000);
    stop.abort();
    expect(await result).toBeUndefined();
    expect(await (await begin([new Error("a wrong setting")])).result).toBe("a wrong setting");
  });
});
