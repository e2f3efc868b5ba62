import { causeText } from "../observe/cause.ts";
import { type Command, withSettings } from "./command.ts";
import { endProcess } from "./end-process.ts";
import { exitCodes } from "./terminal/terminal.ts";

/** The scheduler. */
export const serveCommand: Command = {
  usage: "serve",
  describe: "Scheduler, in the foreground: jobs start when they are due",
  run: (args, terminal) =>
    withSettings(args, terminal, async (settings) => {
      const { serve } = await import("../app.ts");
      const stop = stopOnSignals();
      const exitCode = await serve(settings, stop).then(
        () => exitCodes.ok,
        (error) => {
          terminal.err(`shipbell: ${causeText(error)}`);
          return exitCodes.problem;
        },
      );
      // A call that the engine does not answer would hold the process until its deadline; the log is written by now.
      endProcess(exitCode);
      return exitCode;
    }),
};

/**
 * The first signal asks to stop; the jobs that run go on, so there is little to wait for. Whoever sends another one
 * does not want to wait: the process ends as one that the signal killed.
 */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const [name, number] of [
    ["SIGTERM", 15],
    ["SIGINT", 2],
  ] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) endProcess(128 + number);
      controller.abort(name);
    });
  }
  return controller.signal;
}
