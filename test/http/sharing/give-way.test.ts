import { expect, it } from "vitest";
import { GiveWay } from "../../../src/http/sharing/give-way.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** Answers that are asked for at once, and when each may be worked out. */
function stage(nextTurn: Date | undefined) {
  const clock = new FakeClock(at("12:00"));
  let next = nextTurn;
  const burst = { isOn: false };
  const giveWay = new GiveWay({ clock, nextTurn: () => next, isBusy: () => burst.isOn });
  const begun: string[] = [];
  const ask = async (name: string) => {
    await giveWay.turn();
    begun.push(`${name} after ${clock.now().getTime() - at("12:00").getTime()} ms`);
  };
  const plan = (then: Date | undefined) => {
    next = then;
  };
  return { clock, begun, ask, plan, burst, giveWay };
}

const afterMs = (ms: number) => new Date(at("12:00").getTime() + ms);

it("an answer is worked out at once when nothing is due soon", async () => {
  const { ask, begun } = stage(afterMs(31));
  await ask("page");
  expect(begun).toEqual(["page after 0 ms"]);
});

it("an answer is worked out after what is due in a moment", async () => {
  const { clock, ask, begun, plan } = stage(afterMs(20));
  const asked = ask("page");
  await clock.advance(19);
  expect(begun).toEqual([]);
  await clock.advance(2);
  plan(undefined);
  await asked;
  expect(begun).toEqual(["page after 21 ms"]);
});

it("answers do not wait for what is overdue, nor without an end", async () => {
  const { clock, ask, begun, plan } = stage(afterMs(-1));
  await ask("first");
  plan(afterMs(10));
  const asked = ask("second");
  for (let ms = 10; ms <= 110; ms += 10) {
    plan(afterMs(ms));
    await clock.advance(10);
  }
  await clock.advance(50);
  await asked;
  expect(begun[0]).toBe("first after 0 ms");
  expect(Number(/\d+/.exec(begun[1] ?? "")?.[0])).toBeLessThan(150);
});

it("answers are worked out one by one, with other work between them", async () => {
  const { ask, begun } = stage(undefined);
  const all = ["a", "b", "c"].map(ask);
  const otherWork = () => {
    begun.push("other work");
    if (begun.length < 8) setImmediate(otherWork);
  };
  setImmediate(otherWork);
  await Promise.all(all);
  expect(begun.filter((what, index) => what !== "other work" && begun[index + 1] !== "other work")).toEqual([
    "c after 0 ms",
  ]);
});

it("an answer is worked out after a burst, and so is what is sent to readers", async () => {
  const { clock, ask, begun, burst, giveWay } = stage(undefined);
  burst.isOn = true;
  const all = [ask("a"), ask("b")];
  const quiet = giveWay.quiet(new AbortController().signal).then(() => begun.push("readers"));
  await clock.advance(300);
  expect(begun).toEqual([]);
  burst.isOn = false;
  await clock.advance(20);
  await Promise.all([...all, quiet]);
  expect(begun.toSorted()).toEqual(["a after 320 ms", "b after 320 ms", "readers"]);
});

it("a burst that lasts holds nobody up for longer than a second, however many ask; the next one is waited for again", async () => {
  const { clock, ask, begun, burst } = stage(undefined);
  burst.isOn = true;
  const all = ["a", "b", "c"].map(ask);
  for (let ms = 0; ms < 1100; ms += 20) await clock.advance(20);
  await Promise.all(all);
  expect(begun).toEqual(["a after 1000 ms", "b after 1000 ms", "c after 1000 ms"]);
  await clock.advance(60_000);
  const later = ask("later");
  await clock.advance(500);
  expect(begun).toHaveLength(3);
  burst.isOn = false;
  await clock.advance(20);
  await later;
});
