/** The container is a copy of a labelled object, read anew whenever a run is prepared. Opaque to us. */
export interface CloneTemplate {
  readonly kind: "clone";
  readonly of: ObjectRef;
  /** Replaces the object's command. */
  readonly command?: readonly string[];
  /** Replaces the object's entrypoint, and its command, too. */
  readonly entrypoint?: readonly string[];
  /** Over the object's variables. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** Never one whose rights the object has not: see `mayRunAs`. */
  readonly user?: string;
  readonly stopSignal?: string;
  readonly init?: boolean;
}

export interface ObjectRef {
  readonly kind: "container" | "service";
  readonly name: string;
  /** Changes when the object was made anew or its specification changed. */
  readonly version: string;
  /** Of a service: which one declared the job. A container's version says so. */
  readonly id?: string;
}
