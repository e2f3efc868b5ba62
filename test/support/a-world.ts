import { type SharedViews, shareViews } from "../../src/http/sharing/shared-views.ts";
import { Events } from "../../src/http/streams/events.ts";
import type { World } from "../../src/http/world.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { at } from "./a-job.ts";
import { FakeClock } from "./fake-clock.ts";
import { MemoryLedger } from "./memory-ledger.ts";

/** What pages and API read: an active scheduler at twelve, without any job, unless something else is given. */
export function aWorld(given: Partial<World> = {}): World {
  const clock = new FakeClock(at("12:00"));
  const ledger = new MemoryLedger();
  const records = () => new Map();
  const role = { kind: "active" } as const;
  const timetables = createTimetables();
  const world: Omit<World, keyof SharedViews> = {
    clock,
    timetables,
    host: "host-1",
    version: "0.0.0",
    scheduler: () => ({
      version: "0.0.0",
      instance: "shipbell",
      role,
      jobs: new Map(),
      unsure: new Set(),
      problems: [],
    }),
    records,
    instance: () => undefined,
    definition: () => undefined,
    tryChannel: async () => undefined,
    check: async () => ({ jobs: 0, problems: [] }),
    ledger: () => ledger,
    engine: () => undefined,
    events: new Events({ clock, epoch: "e", records }),
    asset: (name) => `static/00000000/${name}`,
    ...given,
  };
  const shared = shareViews({ ...world, engine: () => undefined });
  return { ...shared, ...world, ...given };
}
