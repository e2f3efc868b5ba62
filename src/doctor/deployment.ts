import type { Clock } from "../clock.ts";
import type { Docker, EngineInfo } from "../engines/docker/connect.ts";
import type { EngineKind } from "../engines/kind.ts";
import type { Environment, Settings } from "../settings/settings.ts";
import type { Snapshot } from "../sources/snapshot.ts";
import type { SchedulerAnswer } from "../view/scheduler/scheduler-view.ts";

/** What is examined: the settings, and where they lead. */
export interface Deployment {
  readonly settings: Settings;
  readonly env: Environment;
  readonly clock: Clock;
  readonly docker: Docker;
  /** What the running scheduler says of itself, where one answers on this machine. */
  readonly scheduler: SchedulerAnswer;
}

/** A deployment whose engine has been asked what it is, as far as it answers. */
export interface Greeted extends Deployment {
  /** Absent where the engine does not answer. */
  readonly info?: EngineInfo;
  /** What jobs run on; absent where neither settings nor engine nor ledger say it. */
  readonly kind?: EngineKind;
  /** What the sources declare, read once for all looks that want it. */
  readonly declared: () => Promise<Snapshot>;
}
