import type { EngineClient } from "../lab/engine-client.ts";

/** Where the demo takes place, and by which names. */
export interface DemoSwarm {
  readonly summary: string;
  /** The manager on which the scheduler runs. */
  readonly manager: EngineClient;
  /** Where the ports that services publish are reached from this machine. */
  readonly address: string;
  /** The name of the stack that has the scheduler; its service is `STACK_scheduler`, and its network has its name. */
  readonly stack: string;
  /** The name of the stack that has the labelled service. */
  readonly shop: string;
  /** The files of the scheduler's stack, and the variables in them. */
  readonly files: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  prepareImages(): Promise<{ readonly summary: string }>;
  /** Leaves everything up, and says where it is and how to end it. */
  keep(): Promise<string>;
  takeDown(): Promise<void>;
}

export const JOB_IMAGE = "busybox:latest";
