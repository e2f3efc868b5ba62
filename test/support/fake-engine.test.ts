import type { Clock } from "../../src/clock.ts";
import type { AttemptOrder } from "../../src/engines/engine.ts";
import type { ObjectKind } from "../../src/job/job.ts";
import type { MakeEngine, Workload } from "../contracts/engine/harness.ts";
import { describeEngine } from "../contracts/engine.contract.ts";
import { aClock } from "./a-clock.ts";
import { aTemplate } from "./a-job.ts";
import { FakeEngine } from "./fake-engine.ts";
import { FakeWorld, type Program } from "./fake-world.ts";

/** A wait takes no time: the clock moves by as much. */
function eagerClock(): Clock {
  let now = Date.parse("2026-11-18T03:00:00Z");
  return aClock({
    now: () => new Date(now),
    wait: async (ms, signal) => {
      if (!signal.aborted) now += ms;
    },
  });
}

const makeFake =
  (kind: ObjectKind): MakeEngine =>
  async () => {
    const world = new FakeWorld({ clock: eagerClock(), program });
    return {
      engine: new FakeEngine({ world, instance: "ours", kind }),
      neighbour: new FakeEngine({ world, instance: "theirs", kind }),
      prefix: "",
      pulls: true,
      saysOfMissingMemory: [true],
      template: (workload) => aTemplate({ command: [JSON.stringify(workload)] }),
      makeForeign: async (name) => world.create(name).id,
      exists: async (name) => world.find(name) !== undefined,
      removeUnseen: async (id) => world.remove(id),
      close: async () => {},
    };
  };

function program({ template }: AttemptOrder): Program | undefined {
  const workload = JSON.parse(("command" in template && template.command?.[0]) || "") as Workload;
  switch (workload.does) {
    case "exit":
      return ({ exit }) => exit(workload.code);
    case "count":
      return ({ print, exit }) => {
        for (let i = 1; i <= workload.to; i++) {
          print(`out ${i}`);
          print(`err ${i}`, "stderr");
        }
        exit(0);
      };
    case "wait":
      return ({ print }) => print("waiting");
    case "ignore the stop signal":
      return ({ print, onStop }) => {
        onStop(() => {});
        print("waiting");
      };
    case "die of signal 9":
      return ({ exit }) => exit(137);
    case "use up its memory":
      return ({ exit }) => exit(137, { oom: true });
    case "not exist":
      return undefined;
  }
}

describeEngine("in memory, of containers", makeFake("container"));
describeEngine("in memory, of services", makeFake("service"));
