import { nearestWord } from "../../job/problem.ts";
import { listOf, mapOf, scalar, wholeNumber } from "../values/fields.ts";

const PLAIN_KEYS = ["node.id", "node.hostname", "node.role", "node.ip", "node.platform.os", "node.platform.arch"];
const LABEL_KEYS = ["node.labels.", "engine.labels."];
const ROLES = ["manager", "worker"];

/** As Swarm has it. */
const LABEL = /^[a-z0-9_.-]+$/i;
const VALUE = /^[a-z0-9:_\s.*()?+[\]\\^$|/-]+$/i;

/** What Swarm does not know it takes for a node that is nowhere: such a job would wait for ever. */
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
  // Each run has one replica: whatever it is, it is kept.
  max_replicas_per_node: wholeNumber(0, 999_999_999).nullish(),
};

/** `deploy.placement`: on which nodes of a Swarm it may run. */
export const placement = mapOf(placementKeys, "a map with constraints or preferences");

export const PREFERENCE_KEYS: readonly string[] = Object.keys(preferenceKeys);
export const PLACEMENT_KEYS: readonly string[] = Object.keys(placementKeys);
