import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { commandSocket } from "../../src/settings/settings.ts";
import { writeSchedulerView } from "../../src/view/scheduler/scheduler-text.ts";
import type { SchedulerView } from "../../src/view/scheduler/scheduler-view.ts";

/** A scheduler of which there is nothing but its answers to commands. */
export interface FakeScheduler {
  /** What commands are given as `--listen`. */
  readonly listen: string;
  close(): void;
}

export async function fakeScheduler(view: () => SchedulerView): Promise<FakeScheduler> {
  // It keeps the port, so that no other test takes it.
  const pages = createServer((_, response) => response.writeHead(404).end());
  await once(pages.listen(0, "127.0.0.1"), "listening");
  const { port } = pages.address() as AddressInfo;
  const commands = createServer((_, response) => response.end([...writeSchedulerView(view())].join("")));
  await once(commands.listen(commandSocket({ host: "127.0.0.1", port })), "listening");
  return {
    listen: `127.0.0.1:${port}`,
    close: () => {
      commands.close();
      pages.close();
    },
  };
}
