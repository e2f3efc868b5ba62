import fc from "fast-check";
import { expect, it } from "vitest";
import { Agenda } from "../../../src/runs/agenda/agenda.ts";
import { at } from "../../support/a-job.ts";

it("gives what is due, earliest first, and leaves the rest", () => {
  const agenda = new Agenda();
  agenda.bringForward("c", at("12:03"));
  agenda.bringForward("a", at("12:01"));
  agenda.bringForward("b", at("12:02"));
  expect(agenda.next()).toEqual(at("12:01"));
  expect(agenda.take(at("12:02"))).toEqual(["a", "b"]);
  expect(agenda.next()).toEqual(at("12:03"));
});

it("brings forward, never back", () => {
  const agenda = new Agenda();
  agenda.bringForward("a", at("12:05"));
  agenda.bringForward("a", at("12:09"));
  expect(agenda.next()).toEqual(at("12:05"));
  agenda.bringForward("a", at("12:01"));
  expect(agenda.next()).toEqual(at("12:01"));
});

it("agrees with a sorted list, whatever is set and taken", () => {
  const job = fc.constantFrom("a", "b", "c", "d", "e");
  const action = fc.oneof(fc.record({ forward: job, at: fc.nat(50) }), fc.record({ take: fc.nat(50) }));
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const agenda = new Agenda();
      const model = new Map<string, number>();
      for (const action of actions) {
        if ("forward" in action) {
          agenda.bringForward(action.forward, new Date(action.at));
          model.set(action.forward, Math.min(action.at, model.get(action.forward) ?? Number.POSITIVE_INFINITY));
        } else {
          const due = [...model].filter(([, at]) => at <= action.take).map(([name]) => name);
          for (const name of due) model.delete(name);
          expect(agenda.take(new Date(action.take)).sort()).toEqual(due.sort());
        }
        expect(agenda.next()?.getTime()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
      }
    }),
  );
});
