import { expect, test } from "vitest";
import { createRunEvents, type RunEvent } from "../../src/observe/run-events.ts";

const stopped: RunEvent = { event: "scheduler-stopped" };

test("every listener hears every event, in the order of registration", () => {
  const heard: string[] = [];
  const events = createRunEvents();
  events.on(({ event }) => heard.push(`first ${event}`));
  events.on(({ event }) => heard.push(`second ${event}`));
  events.emit(stopped);
  expect(heard).toEqual(["first scheduler-stopped", "second scheduler-stopped"]);
});

test("a listener that throws stops no other, and is reported once", () => {
  const reported: unknown[] = [];
  const heard: RunEvent[] = [];
  const events = createRunEvents((error) => reported.push(error));
  const error = new Error("disk full");
  events.on(() => {
    throw error;
  });
  events.on((event) => heard.push(event));
  events.emit(stopped);
  events.emit(stopped);
  expect(heard).toEqual([stopped, stopped]);
  expect(reported).toEqual([error]);
});

test("a removed listener hears nothing more", () => {
  const heard: RunEvent[] = [];
  const events = createRunEvents();
  const leave = events.on((event) => heard.push(event));
  leave();
  events.emit(stopped);
  expect(heard).toEqual([]);
});
