import { afterEach, describe, expect, it, vi } from "vitest";
import { connectDocker } from "../../../../src/engines/docker/connect.ts";
import { followLogs } from "../../../../src/engines/docker/output/log-stream.ts";
import type { LogOptions } from "../../../../src/engines/engine.ts";
import { type Answer, type FakeDockerHost, fakeDockerHost } from "../../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(async () => {
  vi.useRealTimers();
  await host.close();
});

const second = (n: number) => `2026-11-18T03:00:0${n}.000000000Z`;

function frame(stream: "stdout" | "stderr", text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream === "stdout" ? 1 : 2;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function follow(answer: Answer, options: LogOptions = { tail: "all" }) {
  host = await fakeDockerHost(answer);
  const lines: string[] = [];
  const { signal } = new AbortController();
  for await (const { line } of followLogs(connectDocker({ host: host.host }), "c1", { ...options, signal }))
    lines.push(line);
  return lines;
}

/** What is followed, and then what the log has, as it is read once more. */
function engine(followed: readonly Buffer[], kept: readonly Buffer[]): Answer {
  return (request, response) =>
    response.writeHead(200).end(Buffer.concat(request.url?.includes("follow") ? followed : kept));
}

describe("the output of a container", () => {
  it("has the lines without an end that the engine forgot to send, on either stream", async () => {
    const one = frame("stdout", `${second(1)} one\n`);
    const [two, three] = [frame("stdout", `${second(2)} two`), frame("stderr", `${second(3)} three`)];
    expect(await follow(engine([one], [two, three]))).toEqual(["one", "two", "three"]);
    await host.close();
    expect(await follow(engine([one, three], [two, three]))).toEqual(["one", "three", "two"]);
    await host.close();
    expect(await follow(engine([one, two, three], [two, three]))).toEqual(["one", "two", "three"]);
  });

  it("is asked for behind a place, and each line comes once", async () => {
    const [one, two] = [frame("stdout", `${second(1)} one\n`), frame("stdout", `${second(2)} two\n`)];
    const after = { from: "", stdout: { time: second(1), lines: 1 } };
    expect(await follow(engine([one, two], [two]), { tail: "all", after })).toEqual(["two"]);
    const [, followed, kept] = host.requests;
    expect(followed).toMatch(/tail=all&since=1794970801.000&follow=true$/);
    expect(kept).toMatch(/tail=50&since=1794970802.000$/);
  });

  it("has a line that has the very time of the one before it", async () => {
    const [one, two] = [frame("stdout", `${second(1)} same\n`), frame("stdout", `${second(1)} same\n`)];
    expect(await follow(engine([one], [one, two]))).toEqual(["same", "same"]);
  });

  it.each([404, 409])("is gone when the engine answers %i: its container is, or is being removed", async (status) => {
    const answer: Answer = (_request, response) => response.writeHead(status).end('{"message":"words"}');
    await expect(follow(answer)).rejects.toMatchObject({ name: "OutputGone" });
  });

  it("is gone when the container is removed before what was not sent is read", async () => {
    const answer: Answer = (request, response) =>
      request.url?.includes("follow")
        ? response.writeHead(200).end(frame("stdout", `${second(1)} one\n`))
        : response.writeHead(404).end('{"message":"words"}');
    await expect(follow(answer)).rejects.toMatchObject({ name: "OutputGone" });
  });

  it("is none when the engine answers 501: its log driver keeps nothing", async () => {
    expect(await follow((_request, response) => response.writeHead(501).end('{"message":"words"}'))).toEqual([]);
  });

  it.each<[string, Answer]>([
    ["the engine is in trouble", (_request, response) => response.writeHead(500).end('{"message":"words"}')],
    [
      "it breaks off",
      (_request, response) =>
        response.writeHead(200).write(frame("stdout", `${second(1)} one\n`), () => response.socket?.destroy()),
    ],
  ])("says nothing when %s", async (_name, answer) => {
    await expect(follow(answer)).rejects.toMatchObject({ name: "EngineTrouble" });
  });

  it.each<[string, LogOptions]>([
    ["that is not followed", { tail: "all", follow: false }],
    ["that was followed, and is read once more,", { tail: "all" }],
  ])("%s is given up, with why, when the engine sends nothing for 30 s and not the end", async (_name, options) => {
    host = await fakeDockerHost((request, response) => {
      const isFollowed = request.url?.includes("follow") === true;
      if (isFollowed) response.writeHead(200).end(frame("stdout", `${second(1)} one\n`));
      else response.writeHead(200).write(frame("stdout", `${second(2)} two\n`));
    });
    const docker = connectDocker({ host: host.host });
    const { signal } = new AbortController();
    const read = async () => {
      for await (const { line } of followLogs(docker, "c1", { ...options, signal })) {
        if (line !== "two") continue;
        vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
        setImmediate(() => vi.advanceTimersByTime(30_000));
      }
    };
    await expect(read()).rejects.toMatchObject({
      name: "EngineTrouble",
      message: "/containers/c1/logs: the engine has sent nothing for 30 s, and not the end",
    });
  });

  it("that is not followed is read for as long as something comes, and as slowly as its reader likes", async () => {
    const pieces = [1, 2, 3].map((n) => frame("stdout", `${second(n)} ${n}\n`));
    let sendNext = () => {};
    host = await fakeDockerHost((_request, response) => {
      sendNext = () => {
        const piece = pieces.shift();
        if (piece === undefined) response.end();
        else response.write(piece);
      };
      response.writeHead(200);
      sendNext();
    });
    const docker = connectDocker({ host: host.host });
    const { signal } = new AbortController();
    const lines: string[] = [];
    for await (const { line } of followLogs(docker, "c1", { tail: "all", follow: false, signal })) {
      lines.push(line);
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      vi.advanceTimersByTime(60_000);
      setImmediate(() => {
        vi.advanceTimersByTime(20_000);
        sendNext();
      });
    }
    expect(lines).toEqual(["1", "2", "3"]);
  });
});
