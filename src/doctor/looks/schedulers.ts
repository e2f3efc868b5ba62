import { type Finding, named, note, sound, trouble, warning } from "../finding.ts";

export interface SchedulerFacts {
  /** The one of this instance on this machine. */
  readonly own: OwnScheduler;
  /** Who has the lock of the state directory, where that says it. */
  readonly lockedBy?: string;
  /** Others, of whatever make: `Ofelia`, `container cron`. `overlaps`: it may start what shipbell starts, too. `hasItsLabels`: these settings name its labels. */
  readonly others: readonly {
    readonly title: string;
    readonly place: string;
    readonly image: string;
    readonly overlaps: boolean;
    readonly hasItsLabels?: boolean;
  }[];
  /** Instances of shipbell that have objects here, this one left out. */
  readonly instances: readonly string[];
  /** Containers in which Docker's own scheduler has run jobs. */
  readonly dockerJobs: readonly string[];
  /** What could not be looked at. */
  readonly unseen: readonly string[];
}

type OwnScheduler =
  | { readonly kind: "active" | "starting"; readonly version: string }
  | { readonly kind: "standby"; readonly version: string; readonly because: string }
  | { readonly kind: "silent"; readonly why: string };

/** Says who else starts jobs here: a job that two schedulers know runs twice. */
export function lookAtSchedulers(facts: SchedulerFacts): readonly Finding[] {
  const { own, lockedBy, others, instances, dockerJobs, unseen } = facts;
  return [
    ...lookAtOwn(own, lockedBy),
    ...others.map(lookAtOther),
    ...(dockerJobs.length > 0
      ? [
          note(
            "Docker's own scheduler",
            `has run jobs, in ${named(dockerJobs)}`,
            "a job that both know runs twice: docs/docker-jobs.md",
          ),
        ]
      : []),
    ...(instances.length > 0
      ? [note("shipbell", `other instances have runs here: ${named(instances)}`, "each touches only its own")]
      : []),
    ...unseen.map((what) => note("other schedulers", `may be in what cannot be seen: ${what}`)),
    ...(others.length === 0 && dockerJobs.length === 0 && unseen.length === 0
      ? [sound("other schedulers", "none is seen here")]
      : []),
  ];
}

function lookAtOther({ title, place, image, overlaps, hasItsLabels }: SchedulerFacts["others"][number]): Finding {
  const is = `is ${title} (${image})`;
  if (hasItsLabels === true)
    return warning(
      place,
      `${is}, whose labels --also-labels names: while it runs, their jobs are left to it`,
      "stop it, and shipbell goes on by itself",
    );
  if (!overlaps) return note(place, `${is}, which runs its own jobs`);
  return warning(
    place,
    `${is}: a job that both know runs twice`,
    "docs/moving says how to move its jobs; then stop it",
  );
}

function lookAtOwn(own: OwnScheduler, lockedBy: string | undefined): readonly Finding[] {
  const at = "shipbell";
  if (own.kind === "silent") {
    const message = `no scheduler answers here: ${own.why}`;
    if (lockedBy !== undefined) return [note(at, `${message}; ${lockedBy} works on this ledger`)];
    return [note(at, message, "before the first start that is as it should be")];
  }
  if (own.kind === "standby") return [note(at, `the scheduler, version ${own.version}, stands by: ${own.because}`)];
  if (own.kind === "starting")
    return [
      warning(
        at,
        `the scheduler, version ${own.version}, has not begun yet`,
        "the log says what it waits for; so does /readyz",
      ),
    ];
  return [sound(at, `the scheduler works, version ${own.version}`)];
}

/** One of this machine that cannot do its work. */
export function lookAtOwnTrouble(downBecause: readonly string[]): readonly Finding[] {
  return downBecause.map((because) => trouble("shipbell", `starts nothing: ${because}`));
}
