import { causeText } from "../../observe/cause.ts";
import { type Command, withSettings } from "../command.ts";
import { endProcess } from "../end-process.ts";
import { exitCodes } from "../terminal/terminal.ts";

/** The scheduler. */
export const serveCommand: Command = {
  usage: "serve",
  describe: "Scheduler, in the foreground: jobs start when they are due",
  run: (args, terminal) =>
    withSettings(args, terminal, async (settings) => {
      const { serve } = await import("../../app/app.ts");
      const stop = stopOnSignals();
      const exitCode = await serve(settings, stop).then(
        () => exitCodes.ok,
        (error) => {
          terminal.err(`shipbell: ${causeText(error)}`);
          return exitCodes.problem;
        },
      );
      // An unanswered call to the engine would keep the process alive until its deadline. The log is written by now.
      endProcess(exitCode);
      return exitCode;
    }),
};

/**
 * The first signal asks the scheduler to stop. Running jobs continue, so there is little to wait for. At a second signal
 * the process ends at once, as if that signal had killed it.
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
