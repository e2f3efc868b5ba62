import { describe, expect, it } from "vitest";
import { noteRemoval } from "../../../src/ledger/changes/definition-changes.ts";
import { startRun } from "../../../src/ledger/changes/page-changes.ts";
import {
  askForRun,
  dropRefusedWishes,
  dropsRefusedAt,
  hasRoomFor,
  keepWish,
  refuseWish,
  withdrawWish,
} from "../../../src/ledger/changes/wish-changes.ts";
import { expiresAt, isExpired, type Page, REQUEST_LIFETIME_MS, type Wish } from "../../../src/ledger/page.ts";
import { readPage, writePage } from "../../../src/ledger/page-json.ts";
import { aJob, aPage, at } from "../../support/a-job.ts";

const job = aJob();
const askedAt = at("12:00");
const later = (ms: number) => new Date(askedAt.getTime() + ms);
const wish = (id: string, change: Partial<Wish> = {}): Wish => ({ id, kind: "run", askedAt, ...change });
const pageWith = (...wishes: Wish[]): Page => aPage(at("11:00"), { wishes }, job);
const refusedAt = (id: string, refused: Date): Wish => wish(id, { refused: { reason: "still-running", at: refused } });

function start(page: Page, id: string, boundAt: Date): Page | undefined {
  const { hash: definition, policies } = job;
  const attempt = { number: 1, objectName: "backup-1", objectId: "1", boundAt };
  const run = { id: `backup-${id}`, trigger: "manual", scheduledAt: askedAt, definition, wish: id } as const;
  return startRun(page, { ...run, policies: policies.run, overlap: policies.overlap, attempt });
}

describe("the lifetime of a request", () => {
  it("is five minutes, and to the millisecond it is started before its end and not from then on", () => {
    const page = pageWith(wish("a"));
    expect(expiresAt(page, wish("a"))).toEqual(later(REQUEST_LIFETIME_MS));
    expect(REQUEST_LIFETIME_MS).toBe(5 * 60_000);
    for (const [ms, isOver] of [
      [-1, false],
      [0, true],
      [1, true],
    ] as const) {
      const now = later(REQUEST_LIFETIME_MS + ms);
      expect(isExpired(page, wish("a"), now)).toBe(isOver);
      expect(start(page, "a", now) === undefined).toBe(isOver);
    }
  });

  it.each([10_000, 3600_000])("is the job's starting_deadline where it has one: %d ms", (startingDeadlineMs) => {
    const page = aPage(at("11:00"), {}, aJob({ policies: { startingDeadlineMs } }));
    expect(expiresAt(page, wish("a"))).toEqual(later(startingDeadlineMs));
  });

  it("is moved on while a scheduler is busy with the start, and never back", () => {
    const page = pageWith(wish("a"));
    const until = later(2 * REQUEST_LIFETIME_MS);
    const kept = keepWish(page, "a", until) as Page;
    expect(expiresAt(kept, kept.wishes[0] as Wish)).toEqual(until);
    expect(keepWish(kept, "a", later(REQUEST_LIFETIME_MS))).toBeUndefined();
    expect(start(kept, "a", later(REQUEST_LIFETIME_MS + 1))?.runs).toHaveLength(1);
    expect(keepWish(page, "b", until)).toBeUndefined();
    expect(readPage(writePage(kept))).toEqual({ kind: "page", page: kept });
  });
});

describe("a request that is withdrawn", () => {
  it("is gone, and is never started", () => {
    const page = withdrawWish(pageWith(wish("a"), wish("b")), "a") as Page;
    expect(page.wishes).toEqual([wish("b")]);
    expect(start(page, "a", later(1))).toBeUndefined();
  });

  it("cannot be withdrawn once it is started, refused or gone", () => {
    const page = pageWith(wish("a"));
    expect(withdrawWish(start(page, "a", later(1)), "a")).toBeUndefined();
    expect(withdrawWish(refuseWish(page, "a", "expired", later(1)), "a")).toBeUndefined();
    expect(withdrawWish(page, "b")).toBeUndefined();
    expect(withdrawWish(undefined, "a")).toBeUndefined();
  });
});

describe("a request that is refused", () => {
  it("keeps its reason, and not its variables", () => {
    const page = refuseWish(
      pageWith(wish("a", { environment: { KEY: "x" }, keptUntil: later(1) })),
      "a",
      "expired",
      later(2),
    );
    expect(page?.wishes).toEqual([wish("a", { refused: { reason: "expired", at: later(2) } })]);
    expect(start(page as Page, "a", later(3))).toBeUndefined();
  });

  it("is refused as removed when its job is removed", () => {
    const page = pageWith(refusedAt("a", at("11:30")), wish("b"));
    expect(noteRemoval(page, 9, later(1))?.wishes).toEqual([
      refusedAt("a", at("11:30")),
      wish("b", { refused: { reason: "removed", at: later(1) } }),
    ]);
  });

  it("stays for an hour, to the millisecond", () => {
    const page = pageWith(wish("a"), refusedAt("b", askedAt));
    expect(dropsRefusedAt(page)).toEqual(later(3600_000));
    expect(dropRefusedWishes(page, later(3600_000 - 1))).toBeUndefined();
    expect(dropRefusedWishes(page, later(3600_000))?.wishes).toEqual([wish("a")]);
    expect(dropsRefusedAt(pageWith(wish("a")))).toBeUndefined();
  });

  it("gives way to newer ones, and as many stay as may be pending", () => {
    const asked = (count: number) =>
      Array.from({ length: count }, (_, index) => `w${index}`).reduce<Page | undefined>(
        (page, id) => askForRun(page, wish(id)),
        pageWith(refusedAt("old", at("11:30"))),
      );
    expect(asked(19)).toBeDefined();
    expect(asked(20)).toBeDefined();
    expect(asked(21)).toBeUndefined();
    const refused = noteRemoval(asked(20), 9, later(1));
    expect(refused?.wishes.map(({ refused }) => refused?.reason)).toEqual(Array.from({ length: 20 }, () => "removed"));
  });

  it("takes no room from further requests", () => {
    const large = wish("a", { environment: { KEY: "x".repeat(5000) } });
    const page = askForRun(pageWith(), large) as Page;
    expect(hasRoomFor(page, { ...large, id: "b" })).toBe(false);
    expect(askForRun(refuseWish(page, "a", "still-running", later(1)), { ...large, id: "b" })?.wishes).toHaveLength(2);
  });
});
