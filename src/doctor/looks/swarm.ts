import { counted } from "../../view/words/counted.ts";
import { type Finding, named, note, sound, trouble, warning } from "../finding.ts";

/** What kind of engine jobs run on, and, of a Swarm, who manages it. */
export type SwarmFacts =
  /** It is not what the settings ask for. */
  | { readonly kind: "mismatch"; readonly message: string }
  | { readonly kind: "single"; readonly runsJobsAs: string }
  /** A manager that has no leader to ask. */
  | { readonly kind: "no-leader"; readonly message: string }
  | { readonly kind: "swarm"; readonly nodes: readonly NodeFacts[] }
  /** Nodes cannot be listed. */
  | { readonly kind: "unseen"; readonly message: string };

export interface NodeFacts {
  readonly name: string;
  readonly role: "manager" | "worker";
  readonly isLeader: boolean;
  /** Of a manager: whether the others reach it. */
  readonly isReachable: boolean;
  readonly state: string;
  readonly availability: string;
  readonly engineVersion?: string;
}

const AT = "the Swarm";

/** Says whether this engine may start what jobs need, and how many managers a Swarm can lose. */
export function lookAtSwarm(facts: SwarmFacts): readonly Finding[] {
  switch (facts.kind) {
    case "mismatch":
      return [trouble("--engine", facts.message)];
    case "single":
      return [sound("--engine", `jobs run as ${facts.runsJobsAs}`)];
    case "no-leader":
      return [
        trouble(
          AT,
          `has no leader: ${facts.message}`,
          "more than half of its managers have to be up and to reach each other; jobs go on then by themselves",
        ),
      ];
    case "unseen":
      return [warning(AT, `its nodes cannot be listed: ${facts.message}`)];
    case "swarm":
      return [...lookAtManagers(facts.nodes), ...lookAtNodes(facts.nodes), ...lookAtVersions(facts.nodes)];
  }
}

function lookAtManagers(nodes: readonly NodeFacts[]): readonly Finding[] {
  const managers = nodes.filter(({ role }) => role === "manager");
  const reachable = managers.filter(({ isReachable }) => isReachable);
  const quorum = Math.floor(managers.length / 2) + 1;
  const spare = reachable.length - quorum;
  const leader = managers.find(({ isLeader }) => isLeader);
  const away = managers.filter((node) => !reachable.includes(node)).map(({ name }) => name);
  if (leader === undefined)
    return [trouble(AT, "names no leader among its managers", "are more than half of its managers up?")];
  const words = `${counted(managers.length, "manager")}, ${reachable.length} reachable; ${leader.name} leads`;
  const awayFindings = away.map((name) =>
    warning(`node ${name}`, "this manager is not reachable", "start it again, or demote and remove it"),
  );
  if (managers.length === 1)
    return [
      sound(AT, words),
      note(
        AT,
        "with this one manager, the whole Swarm is lost",
        "docker node promote makes others managers: use three or five",
      ),
    ];
  if (spare <= 0)
    return [
      warning(AT, `${words}: without one more of them it has no leader, and no job starts`, "bring back the others"),
      ...awayFindings,
    ];
  if (managers.length % 2 === 0)
    return [
      sound(AT, words),
      ...awayFindings,
      note(
        AT,
        `${managers.length} managers survive the loss of no more than ${managers.length - 1} do`,
        "use an odd number",
      ),
    ];
  return [sound(AT, words), ...awayFindings];
}

function lookAtNodes(nodes: readonly NodeFacts[]): readonly Finding[] {
  const workers = nodes.filter(({ role, state }) => role === "worker" && state !== "ready");
  const usable = nodes.filter(({ state, availability }) => state === "ready" && availability === "active");
  const idle = nodes.filter(({ state, availability }) => state === "ready" && availability !== "active");
  return [
    ...workers.map(({ name, state }) =>
      warning(`node ${name}`, `is ${state}: it gets no runs`, "start it, or docker node rm"),
    ),
    ...(idle.length > 0
      ? [note(AT, `gets no runs on ${named(idle.map(({ name, availability }) => `${name} (${availability})`))}`)]
      : []),
    ...(usable.length === 0
      ? [
          trouble(
            AT,
            "has no node that takes runs",
            "docker node update --availability active makes one of them take some",
          ),
        ]
      : []),
  ];
}

function lookAtVersions(nodes: readonly NodeFacts[]): readonly Finding[] {
  const versions = new Set(nodes.flatMap(({ engineVersion }) => engineVersion ?? []));
  if (versions.size <= 1) return [];
  return [note(AT, `has engines of ${versions.size} versions: ${named([...versions].toSorted())}`)];
}
