import type { InputProblem } from "../../job/inputs/read-inputs.ts";
import type { Refused } from "../../operate/operation.ts";
import { Fault, type FaultCode } from "../fault.ts";

/** What a fault is about, for programs: keys of the problem that the API answers. */
export interface FaultFacts {
  readonly job?: string;
  /** For `still-running`: the run that is in the way. */
  readonly run?: string;
  readonly didYouMean?: string;
  /** For `bad-input`: what is wrong with each. */
  readonly inputs?: readonly InputProblem[];
  /** Where something is done for several jobs: for which of them it was done, and for which not. */
  readonly done?: readonly OfGroup[];
  readonly refused?: readonly (OfGroup & { readonly code: FaultCode; readonly detail: string })[];
}

/** A job of a group, or one of its runs. */
export interface OfGroup {
  readonly job: string;
  readonly run?: string;
}

/** A fault of which the API knows more than its code. */
export class ApiFault extends Fault {
  readonly facts: FaultFacts;

  constructor(code: FaultCode, message: string, { headers, ...facts }: FaultFacts & Headers = {}) {
    super(code, message, headers);
    this.facts = facts;
  }
}

interface Headers {
  readonly headers?: Readonly<Record<string, string>>;
}

const AGAIN_LATER = { headers: { "Retry-After": "10" } };

/** The fault for an operation that was refused. */
export function refusedFault({ code, why, inputs }: Refused, facts: FaultFacts): ApiFault {
  const message = asSentence(why);
  if (code === "not-started") return new ApiFault("not-declared", message, facts);
  if (code === "bad-input") return new ApiFault("bad-input", message, { ...facts, ...(inputs && { inputs }) });
  const isPassing = code === "too-much" || code === "unclear";
  return new ApiFault(code, message, { ...facts, ...(isPassing && AGAIN_LATER) });
}

/** A part of a sentence, or one without its full stop. */
export function asSentence(words: string): string {
  const begun = BEGINNINGS.test(words) ? words.charAt(0).toUpperCase() + words.slice(1) : words;
  return /[.?!]$/.test(begun) ? begun : `${begun}.`;
}

/** Words of ours, and never the name of a job, which is written as it is. */
const BEGINNINGS = /^(there|no|cannot|the|a|an|as|until|it|at) /;
