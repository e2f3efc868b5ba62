import type * as z from "zod";
import type { Placement } from "../../job/job.ts";
import { nearestWord } from "../../job/problem.ts";
import { listOf, mapOf, scalar, wholeNumber } from "../values/fields.ts";
import { AS_SERVICES, below, isGiven, type KeyGroup, LEAVE_OUT } from "./key-group.ts";
import { deployedResources } from "./resources.ts";

const PLAIN_KEYS = ["node.id", "node.hostname", "node.role", "node.ip", "node.platform.os", "node.platform.arch"];
const LABEL_KEYS = ["node.labels.", "engine.labels."];
const ROLES = ["manager", "worker"];

/** The characters that Swarm allows. */
const LABEL = /^[a-z0-9_.-]+$/i;
const VALUE = /^[a-z0-9:_\s.*()?+[\]\\^$|/-]+$/i;

/** A constraint that Swarm does not understand is one that no node meets: the job would wait for ever. */
const constraint = scalar({
  expected: "a constraint such as node.role == worker or node.labels.disk != hdd",
  read: (written) => {
    const { key, operator, value } = splitConstraint(written);
    const isRole = key.toLowerCase() !== "node.role" || ROLES.includes(value.toLowerCase());
    return isKey(key) && VALUE.test(value) && isRole ? `${key} ${operator} ${value}` : undefined;
  },
  hint: explainConstraint,
});

function splitConstraint(written: string) {
  const [, key = "", operator = "", value = ""] = /^(.*?)([=!]=)(.*)$/s.exec(written) ?? [];
  return { key: key.trim(), operator, value: value.trim() };
}

function isKey(key: string): boolean {
  return PLAIN_KEYS.includes(key.toLowerCase()) || isLabelKey(key);
}

function isLabelKey(key: string): boolean {
  return LABEL_KEYS.some((prefix) => key.toLowerCase().startsWith(prefix) && LABEL.test(key.slice(prefix.length)));
}

function explainConstraint(written: string): string | undefined {
  const { key, operator, value } = splitConstraint(written);
  if (operator === "") {
    const [, before = "", after = ""] = /^([^=!<>~]+)=([^=]+)$/.exec(written) ?? [];
    return before === "" ? "compare with == or !=" : `write ${before.trim()} == ${after.trim()}`;
  }
  if (!isKey(key)) return explainKey(key);
  if (key.toLowerCase() === "node.role") return "a node's role is manager or worker";
  return value === "" ? "there is no value after it" : "use letters, digits and - _ . : / in a value";
}

function explainKey(key: string): string {
  const nearest = nearestWord(key, PLAIN_KEYS) ?? nearLabelKey(key);
  if (nearest !== undefined) return `did you mean ${nearest}?`;
  return `known are ${[...PLAIN_KEYS, ...LABEL_KEYS.map((prefix) => `${prefix}NAME`)].join(", ")}`;
}

/** `node.label.disk`, `labels.disk`. */
function nearLabelKey(key: string): string | undefined {
  const [, holder, name] = /^(?:(node|engine)\.)?labels?\.(.+)$/i.exec(key) ?? [];
  return name === undefined ? undefined : `${(holder ?? "node").toLowerCase()}.labels.${name}`;
}

const spread = scalar({
  expected: "a label of nodes such as node.labels.zone",
  read: (written) => (isLabelKey(written) ? written : undefined),
});

const preferenceKeys = { spread };

const placementKeys = {
  constraints: listOf(constraint, "a list of constraints such as node.role == worker").nullish(),
  preferences: listOf(
    mapOf(preferenceKeys, "a map such as spread: node.labels.zone"),
    "a list such as - spread: node.labels.zone",
  ).nullish(),
  // A run has one replica, which meets any limit.
  max_replicas_per_node: wholeNumber(0, 999_999_999).nullish(),
};

const deployKeys = {
  placement: mapOf(placementKeys, "a map with constraints or preferences").nullish(),
  resources: deployedResources.nullish(),
};

const map = mapOf(deployKeys, "a map with placement or resources");

export function makePlacement(deploy: z.output<typeof map> | null | undefined): Placement {
  const { constraints, preferences } = deploy?.placement ?? {};
  return { constraints: constraints ?? [], spread: (preferences ?? []).map(({ spread }) => spread) };
}

const RUN_ONCE = "each occurrence is run once; leave it out";
const NEVER_UPDATED = "each run is a new one, and never updated; leave it out";

/** On which nodes of a Swarm a job may run, and with what (`resources.ts`). */
export const deployGroup = {
  keys: { deploy: map.nullish() },
  inner: {
    deploy: Object.keys(deployKeys),
    "deploy.placement": Object.keys(placementKeys),
    "deploy.placement.preferences": Object.keys(preferenceKeys),
  },
  unsupported: {
    deploy: {
      labels: "a job's labels stand under labels, next to deploy",
      mode: RUN_ONCE,
      replicas: RUN_ONCE,
      restart_policy: RUN_ONCE,
      update_config: NEVER_UPDATED,
      rollback_config: NEVER_UPDATED,
      endpoint_mode: "a job takes no connections; leave it out",
    },
  },
  support: [
    {
      key: "deploy.placement",
      container: {
        why: "only a Swarm has nodes to choose from, and jobs run as plain containers here",
        instead: `${LEAVE_OUT}, or ${AS_SERVICES}`,
        of: (placement) => isGiven(below(placement, "constraints")) || isGiven(below(placement, "preferences")),
      },
    },
  ],
} satisfies KeyGroup;
