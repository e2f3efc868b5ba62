import { expect, test } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { WRONG_REASONS } from "../../fixtures/reasons.ts";
import { keepingTerminal } from "../keeping-terminal.ts";

test.each(["run backup", "cancel backup-20261118t030000z", "pause backup", "pause --all"])(
  "%s takes no --reason that could not be shown in one line, and asks nothing of an engine for it",
  async (command) => {
    for (const reason of WRONG_REASONS) {
      const { terminal, err } = keepingTerminal({ SHIPBELL_DOCKER_HOST: "unix:///nowhere.sock" });
      expect(await runCli([...command.split(" "), "--reason", reason], terminal)).toBe(2);
      expect(err).toEqual([
        expect.stringMatching(/^shipbell: --reason must (be one line of text|have at most 500 char)/),
      ]);
    }
  },
);
