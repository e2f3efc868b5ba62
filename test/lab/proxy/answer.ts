import { once } from "node:events";
import type { Duplex } from "node:stream";
import { cutClient, type Exchange } from "./exchange.ts";
import type { Answer } from "./upstream.ts";

/** Gives the engine's answer to the client as it comes, its body through `through`. Resolves when it is over, for whatever reason. */
export async function giveBack(exchange: Exchange, { head, upgraded }: Answer, through?: Duplex): Promise<void> {
  exchange.line.status = head.statusCode ?? 0;
  if (exchange.client.destroyed) {
    exchange.line.end = "left";
    head.destroy();
    upgraded?.socket.destroy();
  } else if (upgraded) await connectBoth(exchange, head, upgraded);
  else await passBody(exchange, head, through);
}

/** Reads an answer that is passed on to no client, so that the engine can finish what it does. */
export async function discard({ head, upgraded }: Answer): Promise<void> {
  upgraded?.socket.destroy();
  head.on("error", () => {}).resume();
  if (!upgraded && !head.complete) await once(head, "close");
}

async function passBody(exchange: Exchange, head: Answer["head"], through?: Duplex): Promise<void> {
  const { line, response } = exchange;
  response.writeHead(line.status ?? 0, head.statusMessage, endToEnd(head.rawHeaders));
  response.flushHeaders(); // a follower waits for them, though its first line may be far off
  head.on("data", (chunk: Buffer) => {
    line.answerBytes += chunk.length;
  });
  head.on("error", () => cutClient(exchange, "failed"));
  response.once("close", () => head.destroy());
  if (through) head.pipe(through).pipe(response);
  else head.pipe(response);
  await once(response, "close");
  if (line.end === "open") line.end = response.writableFinished ? "answered" : "left";
}

async function connectBoth(
  exchange: Exchange,
  head: Answer["head"],
  { socket, early }: { socket: Duplex; early: Buffer },
) {
  const { line, client } = exchange;
  client.write(headText(head));
  client.write(early);
  socket.on("data", (chunk: Buffer) => {
    line.answerBytes += chunk.length;
  });
  tie(client, socket);
  tie(socket, client);
  await once(client, "close");
  if (line.end === "open") line.end = "answered";
}

/** What one says the other hears; when one breaks, so does the other. The end of one direction is only that. */
function tie(from: Duplex, to: Duplex): void {
  from.on("error", () => to.destroy());
  from.once("close", () => to.destroy());
  from.pipe(to);
}

function headText({ statusCode, statusMessage, rawHeaders }: Answer["head"]): string {
  const pairs = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? `${name}: ${rawHeaders[index + 1]}\r\n` : []));
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${pairs.join("")}\r\n`;
}

function endToEnd(rawHeaders: readonly string[]): string[] {
  const isOfConnection = (name = "") => ["connection", "keep-alive"].includes(name.toLowerCase());
  return rawHeaders.filter((_, index) => !isOfConnection(rawHeaders[index - (index % 2)]));
}
