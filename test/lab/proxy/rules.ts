import { setTimeout as pause } from "node:timers/promises";
import type { ClockOf } from "./log-clock.ts";
import { type ActiveRule, makeRule, type Plan, type ProxyRule, type RequestPattern } from "./rule.ts";

export type RuleBuilder = ReturnType<typeof ruleBuilder>;

/** What can be done to the requests of a pattern. The first rule that still takes requests and matches decides alone. */
export function ruleBuilder(pattern: RequestPattern, add: (rule: ActiveRule) => void) {
  const build = (planWith: (gate: Promise<"pass" | "cut">) => Plan): ProxyRule => {
    const { active, rule } = makeRule(pattern, planWith);
    add(active);
    return rule;
  };
  return {
    /** Changes nothing: `reached` tells when it was asked. */
    pass: () => build(() => ({})),
    /** The request stays on its way until `release`; then the engine gets it, even when its client is gone by then. */
    holdRequest: () => build((gate) => ({ atRequest: () => gate })),
    /** The engine has answered; its answer stays on its way until `release`. */
    holdAnswer: () => build((gate) => ({ atAnswer: () => gate })),
    /** The engine never sees the request; the client's connection breaks. */
    cutRequest: () => build(() => ({ atRequest: async () => "cut" })),
    /** The engine does what was asked; the client's connection breaks instead of an answer. */
    cutAnswer: () => build(() => ({ atAnswer: async () => "cut" })),
    /** The engine gets the request so much later. */
    delay: (delayMs: number) => build(() => ({ atRequest: (signal) => pause(delayMs, "pass", { signal }) })),
    /** The engine gets the request twice, one after the other; `reached` comes when it has answered both. */
    double: (answer: "first" | "second" = "first") => build(() => ({ twice: answer })),
    /** For logs: they are as if their machine had another clock than it has. Throughout, when `times` is as high. */
    shiftClock: (clockOf: ClockOf) => build(() => ({ clockOf })),
    /** The proxy answers in the engine's place, in JSON. */
    answer: (status: number, body: unknown) => build(() => ({ atRequest: async () => ({ status, body }) })),
  };
}
