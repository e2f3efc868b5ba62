import type { EffectName } from "./story.ts";

/** A point that a scheduler comes to with what it asks of the outside. */
export interface Crossing {
  readonly effect: EffectName;
  readonly moment: "before" | "after";
  /** The object's name or ID, or the job. */
  readonly subject: string;
}
