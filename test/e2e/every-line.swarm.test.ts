import { inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { CLOCK_BEHIND_MS, expectEveryLine, LONGEST_MS, PRINTING, scheduling, TIMES } from "./every-line.ts";
import { openLedgerOn } from "./swarm-ledger.ts";
import { SwarmStage } from "./swarm-stage.ts";

const swarm = openSwarm(inject("swarm"));

it(
  `run --wait and logs -f print every line, on a Swarm with two schedulers (runs of each job: ${TIMES})`,
  async () => {
    await using stage = await SwarmStage.on("every-line", swarm);
    const clockOf = async (path: string) => {
      const id = /services\/([^/]+)\/logs/.exec(path)?.[1];
      const { json } = await stage.engine.api<{ Spec?: { Labels?: Record<string, string> } }>("GET", `/services/${id}`);
      return json.Spec?.Labels?.["shipbell.attempt"] === "2" ? -CLOCK_BEHIND_MS : 0;
    };
    for (const proxy of [stage.proxy, stage.otherProxy])
      proxy.when({ path: /^\/services\/[^/]+\/logs/, times: Number.POSITIVE_INFINITY }).shiftClock(clockOf);
    await using scheduler = await scheduling(stage, PRINTING);
    await using other = stage.openOtherScheduler();
    const ledger = openLedgerOn(stage.engine, stage.instance);
    const command = (...args: readonly string[]) => stage.command(...args, "--engine", "swarm");
    const isUnread = (run: string) =>
      [scheduler, other].some((each) => each.all("output-dropped", { run, reason: "unread" }).length > 0);
    await expectEveryLine(PRINTING, { command, ledger, isUnread });
  },
  LONGEST_MS,
);
