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
  /** Globs of the channels that labels may name. */
  readonly allowChannels: readonly string[];
}

/** Other schedulers whose labels can be carried out as they stand. `ofelia` is mcuadros/ofelia, of whatever version. */
export const ALSO_LABELS = [
  "swarm-cronjob",
  "ofelia",
  "ofelia-0.3",
  "ofelia-0.4",
  "ofelia-netresearch",
  "chadburn",
] as const;
export type AlsoLabels = (typeof ALSO_LABELS)[number];

const EVERYTHING: readonly string[] = ["*"];

/** The rules without any settings. */
export const DEFAULT_LABEL_RULES: LabelRules = {
  labelPrefix: "shipbell",
  allowObjects: EVERYTHING,
  allowObjectLabels: EVERYTHING,
  allowStacks: EVERYTHING,
  allowImages: EVERYTHING,
  allowExec: true,
  allowChannels: EVERYTHING,
};
