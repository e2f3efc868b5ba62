/** Which labels are read as ours, and whose jobs they may declare. The settings say so. */
export interface LabelRules {
  /** What labels of ours begin with, without the dot: `shipbell`. */
  readonly labelPrefix: string;
  /** Globs of the names of containers and services. */
  readonly allowObjects: readonly string[];
  /** `KEY`, or `KEY=VALUE`: globs of a label that the object must have. */
  readonly allowObjectLabels: readonly string[];
  /** Globs of stacks and Compose projects. What belongs to none has the empty name. */
  readonly allowStacks: readonly string[];
  /** Globs of images. */
  readonly allowImages: readonly string[];
  /** Whether a command may be run inside the object itself. */
  readonly allowExec: boolean;
}

const EVERYTHING: readonly string[] = ["*"];

/** What holds where no setting says otherwise. */
export const DEFAULT_LABEL_RULES: LabelRules = {
  labelPrefix: "shipbell",
  allowObjects: EVERYTHING,
  allowObjectLabels: EVERYTHING,
  allowStacks: EVERYTHING,
  allowImages: EVERYTHING,
  allowExec: true,
};
