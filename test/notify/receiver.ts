import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What came in. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Answer = (received: Received, response: ServerResponse) => void;

/** A real HTTP server that tells what it has received, and answers as a test wants: well, badly or never. */
export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly #server;
  #answer: Answer = (_, response) => response.end("ok");

  private constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  static async listen(answer?: Answer): Promise<Receiver> {
    const receiver = new Receiver();
    if (answer) receiver.answers(answer);
    receiver.#server.listen(0, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  answers(answer: Answer): void {
    this.#answer = answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { method = "", url: path = "", headers } = request;
    const received = { method, path, headers, body: Buffer.concat(pieces).toString() };
    this.received.push(received);
    this.#answer(received, response);
  }
}

/** Answers with a status. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_, response) => response.writeHead(code, headers).end("the receiver's own words");
}
