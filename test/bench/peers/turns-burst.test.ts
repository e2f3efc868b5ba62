import { describe, expect, it } from "vitest";
import { reportBurst, roundOf } from "./turns-burst.ts";

const due = new Date("2027-01-01T00:00:00Z");
const jobs = ["a", "b", "c", "d", "e", "f"];
const round = (names: readonly string[], ms = 2000) =>
  roundOf(
    jobs,
    due,
    names.map((name) => ({ image: "busybox", name, at: due.getTime() + ms })),
  );
const measured = (peer: readonly string[], shipbell = jobs) => {
  const rounds = { raw: [round(jobs)], peer: [round(peer, 1000)], shipbell: [round(shipbell, 1500)] };
  const [, , ofPeer, ofShipbell] = reportBurst({ name: "other", version: "v1" }, jobs.length, rounds);
  return { peer: ofPeer?.measured, isMet: ofShipbell?.goal?.isMet };
};

describe("a burst", () => {
  it("is compared with the raw client where all were started", () => {
    expect(measured(jobs).peer).toBe("0.500: median 1.00 s (1.00), all started");
  });

  it("is compared with none where some were dropped, which are named", () => {
    expect(measured(["a", "c", "d", "f"]).peer).toBe(
      "4 of 6 started, the last after median 1.00 s (1.00); dropped b, e",
    );
  });

  it("names the first of many that were dropped", () => {
    expect(measured(["c"]).peer).toMatch(/; dropped a, b, d and 2 others$/);
  });

  it("counts what was dropped where containers have other names", () => {
    expect(measured(["jolly_fermi"]).peer).toMatch(/; dropped 5, whose names its containers do not have$/);
  });

  it("starts nothing at all where no container does", () => {
    expect(measured([]).peer).toBe("0 of 6 started; dropped a, b, c and 3 others");
  });

  it("fails its goal when shipbell drops one", () => {
    expect([measured(jobs).isMet, measured(jobs, jobs.slice(1)).isMet]).toEqual([true, false]);
  });
});
