import type { Clock } from "../clock.ts";
import type { DockerJobs } from "../engines/docker/docker-jobs.ts";
import { type DockerJobRun, EngineError } from "../engines/engine.ts";
import type { Job } from "../job/job.ts";
import { alsoStartedByDocker, type DockerNames, dockerMayStart, isRecent } from "../view/scheduler/docker-jobs.ts";

/** How often it is looked without an event: what was seen long ago no longer counts. */
const LOOK_EVERY_MS = 3_600_000;

interface Parts {
  readonly dockerJobs: Pick<DockerJobs, "list" | "watch">;
  readonly clock: Clock;
  /** Takes note of the declared jobs that Docker's own scheduler starts, too. */
  readonly note: (jobs: readonly Job[], names: DockerNames) => void;
}

/**
 * Looks whether Docker's own scheduler starts the same jobs. It could do so only with those of Compose files: while none is declared,
 * nothing is asked and there is no listener.
 */
export class AlsoDockerJobs {
  readonly #parts: Parts;
  readonly #signal: AbortSignal;
  #jobs: readonly Job[] = [];
  /** The newest run of each job of the engine. */
  readonly #runs = new Map<string, DockerJobRun>();
  #watching: AbortController | undefined;

  constructor(parts: Parts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** Makes these the jobs that are declared. */
  declare(jobs: Iterable<Job>): void {
    const before = this.#jobs;
    this.#jobs = dockerMayStart(jobs);
    if (this.#jobs.length > 0 && this.#watching === undefined) this.#watch();
    if (this.#jobs.length === 0) this.#leave();
    if (before.length > 0 || this.#jobs.length > 0) this.#tell();
  }

  #watch(): void {
    this.#watching = new AbortController();
    const signal = AbortSignal.any([this.#signal, this.#watching.signal]);
    let isLooking = false;
    let mustLook = false;
    /** One look at a time, and one more where something may have happened meanwhile. */
    const look = async () => {
      mustLook = true;
      if (isLooking) return;
      isLooking = true;
      while (mustLook && !signal.aborted) {
        mustLook = false;
        await this.#lookOnce(signal);
      }
      isLooking = false;
    };
    const onRun = (run: DockerJobRun) => {
      this.#keep(run);
      this.#tell();
    };
    this.#parts.dockerJobs.watch({ onRun, onGap: () => void look() }, signal);
    void this.#lookAgain(look, signal);
  }

  #leave(): void {
    this.#watching?.abort();
    this.#watching = undefined;
    this.#runs.clear();
  }

  async #lookAgain(look: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await look();
      await this.#parts.clock.wait(LOOK_EVERY_MS, signal);
    }
  }

  async #lookOnce(signal: AbortSignal): Promise<void> {
    try {
      const runs = await this.#parts.dockerJobs.list(signal);
      if (signal.aborted) return;
      for (const run of runs) this.#keep(run);
      this.#tell();
    } catch (error) {
      // That the engine is away is told by those who need it; when it is back, its events begin with a gap.
      if (!(error instanceof EngineError)) throw error;
    }
  }

  #keep(run: DockerJobRun): void {
    if (run.compose === undefined) return;
    const key = `${run.compose.project}\n${run.compose.job}`;
    const before = this.#runs.get(key);
    if (before === undefined || before.startedAt < run.startedAt) this.#runs.set(key, run);
  }

  #tell(): void {
    const now = this.#parts.clock.now();
    for (const [key, run] of this.#runs) if (!isRecent(run, now)) this.#runs.delete(key);
    this.#parts.note(this.#jobs, alsoStartedByDocker(this.#jobs, { runs: this.#runs.values(), now }));
  }
}
