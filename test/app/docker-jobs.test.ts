import { expect, test } from "vitest";
import { AlsoDockerJobs } from "../../src/app/docker-jobs.ts";
import { type DockerJobRun, EngineUnavailable } from "../../src/engines/engine.ts";
import { aClock } from "../support/a-clock.ts";
import { aJob } from "../support/a-job.ts";

const HOUR_MS = 3_600_000;
const origin = { source: "files", unit: "shop.yml", at: "shop.yml:3:3" } as const;
const backup = aJob({ name: "backup", origin: { ...origin, composeJob: { project: "shop" } } });
const plain = aJob({ name: "backup", origin });

type Listener = Parameters<ConstructorParameters<typeof AlsoDockerJobs>[0]["dockerJobs"]["watch"]>[0];

/** An engine whose containers and events the test says, and what was noted last. */
function watched(answers: readonly (readonly DockerJobRun[] | Error)[] = []) {
  const left = [...answers];
  const seen = {
    now: Date.UTC(2026, 10, 18, 3),
    lists: 0,
    listener: undefined as Listener | undefined,
    names: [] as readonly string[],
    notes: 0,
  };
  const waits: (() => void)[] = [];
  const clock = aClock({
    now: () => new Date(seen.now),
    wait: (_ms, signal) =>
      new Promise((resolve) => {
        waits.push(resolve);
        signal.addEventListener("abort", () => resolve());
      }),
  });
  const stop = new AbortController();
  const also = new AlsoDockerJobs(
    {
      clock,
      dockerJobs: {
        list: async () => {
          seen.lists += 1;
          const answer = left.shift() ?? [];
          if (answer instanceof Error) throw answer;
          return answer;
        },
        watch: (listener, signal) => {
          seen.listener = listener;
          signal.addEventListener("abort", () => {
            seen.listener = undefined;
          });
        },
      },
      note: (_jobs, names) => {
        seen.names = [...names.values()].flat();
        seen.notes += 1;
      },
    },
    stop.signal,
  );
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const run = (project = "shop"): DockerJobRun => ({
    container: "c",
    compose: { project, job: "backup" },
    startedAt: new Date(seen.now),
  });
  /** The time goes on, and what waits for it is done. */
  const later = async (ms: number) => {
    seen.now += ms;
    for (const resolve of waits.splice(0)) resolve();
    await settled();
  };
  return { also, seen, stop, run, settled, later };
}

test("while no job of a Compose file is declared, nothing is asked, heard or noted", async () => {
  const { also, seen, settled } = watched();
  also.declare([plain, aJob({ name: "other" })]);
  await settled();
  expect(seen).toMatchObject({ lists: 0, listener: undefined, notes: 0 });
});

test("a run that has a container already is seen, and one that starts later is heard", async () => {
  const first = watched();
  const { also, seen, settled } = watched([[first.run()]]);
  also.declare([backup]);
  await settled();
  expect(seen).toMatchObject({ lists: 1, names: ["shop.backup"] });

  first.also.declare([backup]);
  await first.settled();
  expect(first.seen.names).toEqual([]);
  first.seen.listener?.onRun(first.run("till"));
  expect(first.seen.names).toEqual([]);
  first.seen.listener?.onRun(first.run());
  expect(first.seen.names).toEqual(["shop.backup"]);
});

test("a run counts for a day, whether or not its container is there, and is then forgotten", async () => {
  const { also, seen, run, settled, later } = watched();
  also.declare([backup]);
  await settled();
  seen.listener?.onRun(run());
  for (let hour = 0; hour < 24; hour++) await later(HOUR_MS);
  expect(seen.names).toEqual(["shop.backup"]);
  await later(HOUR_MS);
  expect(seen.names).toEqual([]);
  expect(seen.lists).toBe(26);
});

test("it is looked again when events were lost, and an engine that is away is no end of it", async () => {
  const away = new EngineUnavailable("connect ENOENT");
  const { also, seen, run, settled } = watched([away, []]);
  also.declare([backup]);
  await settled();
  seen.listener?.onGap();
  seen.listener?.onRun(run());
  await settled();
  expect(seen).toMatchObject({ lists: 2, names: ["shop.backup"] });
});

test("there is no listener once the last such job is gone; there is one again with the next", async () => {
  const { also, seen, run, settled } = watched();
  also.declare([backup]);
  await settled();
  seen.listener?.onRun(run());
  also.declare([plain]);
  expect(seen).toMatchObject({ listener: undefined, names: [] });
  also.declare([backup]);
  await settled();
  expect(seen).toMatchObject({ lists: 2, names: [] });
  expect(seen.listener).toBeDefined();
});

test("there is no listener once the scheduler stops", async () => {
  const { also, seen, stop, settled } = watched();
  also.declare([backup]);
  stop.abort();
  await settled();
  expect(seen.listener).toBeUndefined();
});
