import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { DockerEvents, type EngineEvent } from "../../../src/engines/docker/docker-events.ts";
import { aClock } from "../../support/a-clock.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

const eager = aClock({ now: () => new Date(0), wait: () => Promise.resolve() });
const die = { Type: "container", Action: "die", Actor: { ID: "c1", Attributes: { name: "a" } }, timeNano: 1 };

let host: FakeDockerHost | undefined;
let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await host?.close();
});

/** Hands over the streams in the order in which they are opened, and what was heard, one at a time. */
async function listening(signal: AbortSignal) {
  const streams = queue<ServerResponse>();
  const heard = queue<EngineEvent | "gap">();
  host = await fakeDockerHost((_request, response) => {
    response.writeHead(200).flushHeaders();
    streams.put(response);
  });
  const events = new DockerEvents(connectDocker({ host: host.host }), eager);
  events.listen({ onEvent: heard.put, onGap: () => heard.put("gap") }, signal);
  return { events, streams, heard };
}

function queue<T>() {
  const items: T[] = [];
  const takers: ((item: T) => void)[] = [];
  return {
    put: (item: T) => {
      const taker = takers.shift();
      if (taker) taker(item);
      else items.push(item);
    },
    take: () => new Promise<T>((resolve) => (items.length > 0 ? resolve(items.shift() as T) : takers.push(resolve))),
    left: items,
  };
}

describe("the engine's events", () => {
  it("are told as they come, whatever chunks they come in", async () => {
    const { streams, heard } = await listening(stop.signal);
    expect(await heard.take()).toBe("gap");
    const stream = await streams.take();
    const text = `${JSON.stringify(die)}\n`;
    stream.write(text.slice(0, 20));
    stream.write(text.slice(20) + text);
    const expected = { type: "container", action: "die", id: "c1", attributes: { name: "a" } };
    expect([await heard.take(), await heard.take()]).toEqual([expected, expected]);
  });

  it("are those of containers, services and configs, in one stream", async () => {
    const { streams, heard } = await listening(stop.signal);
    await heard.take();
    const stream = await streams.take();
    const told = ["volume", "service", "config", undefined, "container"].map((Type) => ({ ...die, Type }));
    stream.write(told.map((event) => `${JSON.stringify(event)}\n`).join(""));
    const heardTypes = [await heard.take(), await heard.take(), await heard.take()].map((event) =>
      event === "gap" ? event : event.type,
    );
    expect(heardTypes).toEqual(["service", "config", "container"]);
    const filters = JSON.parse(
      new URL(host?.requests.at(-1)?.slice("GET ".length) ?? "", "http://docker").searchParams.get("filters") ?? "",
    );
    expect(filters.type).toEqual(["container", "service", "config", "node"]);
    expect(filters.event).toEqual(expect.arrayContaining(["create", "update", "remove", "die"]));
  });

  it("begin again when their stream breaks, ends, or tells nonsense, and each time there is a gap", async () => {
    const { streams, heard } = await listening(stop.signal);
    const breaks: ((stream: ServerResponse) => void)[] = [
      (stream) => stream.socket?.destroy(),
      (stream) => stream.end(),
      (stream) => stream.write("nonsense\n"),
    ];
    for (const breakIt of breaks) {
      expect(await heard.take()).toBe("gap");
      breakIt(await streams.take());
    }
    expect(await heard.take()).toBe("gap");
  });

  it("come from one stream for all who listen, which ends with the last of them", async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const { events, streams, heard } = await listening(first.signal);
    const stream = await streams.take();
    await heard.take();
    events.listen({ onEvent: heard.put, onGap: () => {} }, second.signal);
    stream.write(`${JSON.stringify(die)}\n`);
    await heard.take();
    await heard.take();
    first.abort();
    stream.write(`${JSON.stringify(die)}\n`);
    await heard.take();
    const closed = new Promise((resolve) => stream.on("close", resolve));
    second.abort();
    await closed;
    expect(heard.left).toEqual([]);
    expect(streams.left).toEqual([]);
  });
});
