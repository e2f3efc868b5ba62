import type { Problem } from "../../job/problem.ts";
import type { Issue } from "../values/issue.ts";
import type { YamlMap } from "../values/yaml.ts";
import type { LabelledObject } from "./labelled-object.ts";

/** The parts of a labelled object that labels of other schedulers are translated with. */
export type ForeignObject = Pick<LabelledObject, "kind" | "id" | "name" | "labels" | "deploy">;

/** Labels of other schedulers that this one carries out as they stand. `definition/import/drop-in.ts` has them. */
export interface ForeignLabels {
  /** True for labels of which one is such a label. */
  declares(labels: Readonly<Record<string, string>>): boolean;
  /** Translates the jobs that an object declares by such labels. Never throws. */
  read(object: ForeignObject): readonly ForeignJob[];
  /** Why none of these jobs is to be started now; undefined where they are. */
  heldBecause(): Problem | undefined;
}

/** A job in labels of another scheduler, in our words. */
export interface ForeignJob {
  /** Whose labels they are: `swarm-cronjob`. */
  readonly from: string;
  /** What its name has after the object's; absent for the job that has the object's own name. */
  readonly name?: string;
  /** The label that stands for the whole job. */
  readonly label: string;
  /** By key of ours the label that says it. */
  readonly labels: Readonly<Record<string, string>>;
  /** What is not the same here. */
  readonly findings: readonly ForeignFinding[];
  /** What is not the same for all jobs of that scheduler: said once. */
  readonly general: readonly ForeignFinding[];
  /** Absent where it cannot be translated: one of its findings is then an error. */
  readonly translated?: Translated;
}

export interface ForeignFinding extends Pick<Problem, "message" | "hint" | "severity" | "refused"> {
  readonly label: string;
}

interface Translated {
  /** The keys of the job. Texts are as they count: no variable is filled in. */
  readonly written: YamlMap;
  /**
   * `label`: it concerns the object alone, and labels of ours could say the same. `file`: it concerns others, so that only a
   * schedule file could; such a job is read off the scheduler's own container alone.
   */
  readonly as: "label" | "file";
  /** How it would be written here: labels, or a job of a schedule file. For people. */
  readonly native: (as: { readonly job: string; readonly prefix: string }) => string;
  /** Why a run would be a second copy of what runs already. */
  readonly secondCopy?: Issue;
}
