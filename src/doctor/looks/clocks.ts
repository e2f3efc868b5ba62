import { counted } from "../../view/words/counted.ts";
import { durationInWords } from "../../view/words/duration.ts";
import { type Finding, note, sound, trouble, warning } from "../finding.ts";

export interface ClockFacts {
  /** Of the engine's machine. */
  readonly engine?: EngineClock;
  /** Of nodes, as far as what they have reported of tasks proves that they are wrong. */
  readonly nodes: readonly NodeClock[];
  /** Of how many nodes something was seen. */
  readonly nodesSeen: number;
}

interface EngineClock {
  /** How far it is ahead of this machine's. */
  readonly aheadMs: number;
  /** The answer took that long: so exactly is it known. */
  readonly withinMs: number;
}

/** Of a node whose clock certainly differs from the manager's, at least by that much. Behind is negative. */
export interface NodeClock {
  readonly name: string;
  readonly aheadMs: number;
}

/** What is not worth a word. */
const TOLERATED_MS = 1000;
/** From here on times in records and logs contradict each other, and retries and deadlines are wrong. */
const WRONG_MS = 60_000;

const HINT = "let a time service (chrony, systemd-timesyncd) set the clocks of all machines";

/** Says whether the clocks agree that jobs are started and judged by. */
export function lookAtClocks({ engine, nodes, nodesSeen }: ClockFacts): readonly Finding[] {
  const far = nodes.filter(({ aheadMs }) => Math.abs(aheadMs) > TOLERATED_MS);
  return [
    ...(engine === undefined
      ? [note("the engine's clock", "is not known: the engine does not say what time it is")]
      : [lookAtEngineClock(engine)]),
    ...far.map(({ name, aheadMs }) =>
      offBy(
        `the clock of node ${name}`,
        `is at least ${durationInWords(Math.abs(aheadMs))} ${side(aheadMs)} the managers'`,
        aheadMs,
      ),
    ),
    ...(nodesSeen > 0 && far.length === 0
      ? [
          sound(
            "the clocks of nodes",
            `nothing that ${counted(nodesSeen, "node")} reported of tasks contradicts the managers' clocks`,
          ),
        ]
      : []),
  ];
}

function lookAtEngineClock({ aheadMs, withinMs }: EngineClock): Finding {
  const at = "the engine's clock";
  if (Math.abs(aheadMs) <= TOLERATED_MS + withinMs)
    return sound(at, `agrees with this machine's within ${Math.ceil((TOLERATED_MS + withinMs) / 1000)} s`);
  return offBy(at, `is ${durationInWords(Math.abs(aheadMs))} ${side(aheadMs)} this machine's`, aheadMs);
}

function offBy(at: string, message: string, aheadMs: number): Finding {
  return Math.abs(aheadMs) > WRONG_MS ? trouble(at, message, HINT) : warning(at, message, HINT);
}

function side(aheadMs: number): string {
  return aheadMs > 0 ? "ahead of" : "behind";
}
