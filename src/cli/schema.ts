import { fileJsonSchema } from "../definition/files/json-schema.ts";
import type { Command } from "./command.ts";
import { exitCodes } from "./terminal/terminal.ts";

/** For editors, and for programs that write schedule files. */
export const schemaCommand: Command = {
  usage: "schema",
  describe: "JSON Schema of schedule files",
  async run(_args, terminal) {
    terminal.out(JSON.stringify(fileJsonSchema(), null, 2));
    return exitCodes.ok;
  },
};
