import { nearestWord } from "../../../job/problem.ts";
import type { FileValue, Finding, FindingCode } from "../imported.ts";
import type { KnownKeys } from "./known-keys.ts";
import type { Manifest, Path } from "./manifests.ts";
import { isEmpty, type Tree } from "./tree.ts";

interface Remark {
  readonly hint?: string;
  /** The key of the job that it is about. */
  readonly key?: string;
}

/** What is said about one CronJob, each with its place. */
export class Report {
  readonly #manifest: Manifest;
  readonly #findings: Finding[] = [];
  readonly #leftOut: { readonly name: string; readonly path: Path }[] = [];

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  /** It is imported, with a difference. */
  warn(code: FindingCode, path: Path, message: string, remark: Remark = {}): void {
    this.#findings.push({ code, place: this.#manifest.placeOf(path), message, ...remark, severity: "warning" });
  }

  /** It is not imported. */
  refuse(code: FindingCode, path: Path, message: string, hint?: string): void {
    const place = this.#manifest.placeOf(path);
    this.#findings.push({ code, place, message, ...(hint !== undefined && { hint }) });
  }

  /** A key that says something that a run here does not have. */
  leaveOut(path: Path, name = String(path.findLast((step) => typeof step === "string") ?? "")): void {
    this.#leftOut.push({ name, path });
  }

  /** Looks at the keys of a map that nothing else looks at. */
  lookAtKeys(tree: Tree, path: Path, { translated, inert = [], inertWith = {}, leftOut = [] }: KnownKeys): void {
    const allowed = [...translated, ...inert, ...Object.keys(inertWith), ...leftOut];
    for (const [key, value] of Object.entries(tree)) {
      const here = [...path, key];
      if (translated.includes(key) || inert.includes(key) || isEmpty(value)) continue;
      if (leftOut.includes(key)) this.leaveOut(here);
      else if (Object.hasOwn(inertWith, key)) {
        if (inertWith[key] !== value) this.leaveOut(here);
      } else this.#unknown(key, here, allowed);
    }
  }

  #unknown(key: string, path: Path, allowed: readonly string[]): void {
    const nearest = nearestWord(key, allowed);
    const hint = nearest === undefined ? {} : { hint: `did you mean ${nearest}?` };
    this.warn("import-unknown", path, `Kubernetes knows no ${key} here: it has no effect`, hint);
  }

  get findings(): readonly Finding[] {
    const [first] = this.#leftOut;
    if (first === undefined) return this.#findings;
    const names = [...new Set(this.#leftOut.map(({ name }) => name))].join(", ");
    const message = `left out: ${names}; a run has nothing of the kind here`;
    const place = this.#manifest.placeOf(first.path);
    return [...this.#findings, { code: "import-key", place, message, severity: "warning" }];
  }
}

/** Keys of a job of ours, and what the top of its file declares for them. */
export interface JobParts {
  readonly keys: Readonly<Record<string, FileValue>>;
  readonly top?: Readonly<Record<string, FileValue>>;
}
