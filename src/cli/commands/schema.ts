import type { Command } from "../command.ts";
import { exitCodes } from "../terminal/terminal.ts";

/** For editors, for programs that write schedule files, and for those that are sent notices. */
export const schemaCommand: Command = {
  usage: "schema [what]",
  describe: "JSON Schema of schedule files, or of notices",
  positionals: { what: { describe: "files or notices [default: files]", type: "string" } },
  async run({ what = "files" }, terminal) {
    if (what !== "files" && what !== "notices") {
      terminal.err(`shipbell: there is no schema of "${what}"; there are: files, notices`);
      return exitCodes.usage;
    }
    const schema =
      what === "files"
        ? (await import("../../definition/files/json-schema.ts")).fileJsonSchema()
        : (await import("../../view/notice/notice-schema.ts")).noticeSchema();
    terminal.out(JSON.stringify(schema, null, 2));
    return exitCodes.ok;
  },
};
