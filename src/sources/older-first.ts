import type { LabelledObject } from "../definition/labels/parse-labels.ts";

/** Of two objects that declare a job of one name, the older counts. */
export function olderFirst(a: LabelledObject, b: LabelledObject): number {
  return a.createdAt.getTime() - b.createdAt.getTime() || (a.name < b.name ? -1 : 1);
}
