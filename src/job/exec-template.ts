/** Nothing is made: the command runs in a container that runs already, and is found anew for each attempt. */
export interface ExecTemplate {
  readonly kind: "exec";
  readonly within: ExecTarget;
  readonly command: readonly string[];
  /** As in `ComposeTemplate`; without it the container's own. */
  readonly user?: string;
  readonly workingDir?: string;
  /** Over the container's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its policies may have to stop it: Docker cannot, and a shell of the container's does. */
  readonly needsShell: boolean;
}

/** A container, by its name; or, where a schedule file says so, by what Compose wrote on it. */
export interface ExecTarget {
  readonly container?: string;
  readonly compose?: ComposeService;
  /** True for a job that a container's labels declare: what has its name by now must itself declare this job. */
  readonly mustDeclareJobs: boolean;
}

/** The containers of a Compose service; without a project, of whichever project has one of that name. */
export interface ComposeService {
  readonly service: string;
  readonly project?: string;
  /** One of several, as Compose counts them. Default: the first that runs. */
  readonly number?: string;
}
