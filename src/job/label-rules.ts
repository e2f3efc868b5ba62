/** Which labels are ours, and which objects may declare jobs by them. The settings say so. */
export interface LabelRules {
  /** What labels of ours begin with, without the dot: `shipbell`. */
  readonly labelPrefix: string;
  /** Globs of the names of containers and services. */
  readonly allowObjects: readonly string[];
  /** `KEY`, or `KEY=VALUE`: globs of a label that the object must have. */
  readonly allowObjectLabels: readonly string[];
  /** Globs of stacks and Compose projects. An object outside any of them has the empty name. */
  readonly allowStacks: readonly string[];
  /** Globs of images. */
  readonly allowImages: readonly string[];
  /** True where a command may be run inside the object itself. */
  readonly allowExec: boolean;
}

const EVERYTHING: readonly string[] = ["*"];

/** The rules without any settings. */
export const DEFAULT_LABEL_RULES: LabelRules = {
  labelPrefix: "shipbell",
  allowObjects: EVERYTHING,
  allowObjectLabels: EVERYTHING,
  allowStacks: EVERYTHING,
  allowImages: EVERYTHING,
  allowExec: true,
};
