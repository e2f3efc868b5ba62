import type { Problem } from "../../job/problem.ts";
import { isWarning } from "../../job/problem.ts";
import { counted } from "../../view/words/counted.ts";
import { type Finding, findingOf, named, note, sound, warning } from "../finding.ts";

export interface JobFacts {
  /** Those that were read: `files`, `services`, `containers`. */
  readonly sources: readonly string[];
  /** Those that cannot be read without the engine. */
  readonly unread: readonly string[];
  readonly jobs: number;
  /** As these sources read now, and as the running scheduler sees them. */
  readonly problems: readonly Problem[];
  /** Jobs that go on by their last good definition, in the running scheduler. */
  readonly kept: readonly string[];
}

/** Beyond these, `shipbell problems` has them all. */
const MOST = 20;

/** Says what sources declare, and what of it cannot be read. */
export function lookAtJobs({ sources, unread, jobs, problems, kept }: JobFacts): readonly Finding[] {
  const at = "--sources";
  const names = sources.join(", ");
  const errors = problems.filter((problem) => !isWarning(problem));
  const shown = [...errors, ...problems.filter(isWarning)].slice(0, MOST);
  const rest = problems.length - shown.length;
  return [
    ...shown.map(findingOf),
    ...(rest > 0
      ? [warning(at, `and ${counted(rest, "more problem")}`, "shipbell check and shipbell problems list them all")]
      : []),
    ...(kept.length > 0 ? [note(at, `going on as last read: ${named(kept)}`)] : []),
    ...(unread.length > 0
      ? [note(at, `the labels of ${unread.join(", ")} were not read: the engine does not answer`)]
      : []),
    ...(jobs === 0 && sources.length > 0
      ? [
          warning(
            at,
            `no job is declared in ${names}`,
            "is the folder of --schedules mounted? docs/labels.md says where labels are read",
          ),
        ]
      : []),
    ...(jobs > 0 && errors.length === 0 ? [sound(at, `${counted(jobs, "job")} declared in ${names}`)] : []),
  ];
}
