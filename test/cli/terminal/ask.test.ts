import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { askSecret } from "../../../src/cli/terminal/ask.ts";

/** What a terminal's input can do: in its raw mode it shows nothing of what is typed. */
class TerminalInput extends PassThrough {
  isRaw = false;

  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }
}

test("a secret is asked for only once the terminal shows nothing of it, and then it shows again what is typed", async () => {
  const input = new TerminalInput();
  const asked: unknown[] = [];
  const err = (question: string) => {
    asked.push([question, input.isRaw]);
    input.write("hunter2\r");
  };
  expect(await askSecret("Password:", input, { err })).toBe("hunter2");
  expect(asked).toEqual([["Password:", true]]);
  expect(input.isRaw).toBe(false);
});
