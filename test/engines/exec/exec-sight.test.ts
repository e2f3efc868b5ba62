import { expect, test } from "vitest";
import { readExecId, writeExecId } from "../../../src/engines/exec/exec-id.ts";
import { readExecEnd } from "../../../src/engines/exec/exec-sight.ts";
import * as real from "../real-answers.ts";

const container = {
  ...real.exitedContainer,
  State: { ...real.exitedContainer.State, Status: "running" },
  HostConfig: { ...real.exitedContainer.HostConfig, Memory: 0 },
};
const ref = { execId: "ab".repeat(32), mark: "0123456789ab", containerStartedAt: container.State.StartedAt };

test("the ID of a command in a container says what has to be known of it, and is no container's", () => {
  expect(readExecId(writeExecId(ref))).toEqual(ref);
  expect(readExecId(container.Id)).toBeUndefined();
});

test.each([0, 3, 126, 143])("an exit code of %i is the command's own, whatever became of its container", (exitCode) => {
  const own = { kind: "exited", exitCode, oom: false };
  expect(readExecEnd(exitCode, ref, container)).toEqual(own);
  expect(readExecEnd(exitCode, ref, undefined)).toEqual(own);
});

test("137 is a kill while the container lives on; want of memory is possible where there is a limit", () => {
  expect(readExecEnd(137, ref, container)).toEqual({ kind: "exited", exitCode: 137, oom: false });
  const limited = { ...container, HostConfig: { ...container.HostConfig, Memory: 1_000_000 } };
  expect(readExecEnd(137, ref, limited)).toMatchObject({ kind: "exited", oom: "unknown" });
});

test.each([
  ["is gone", undefined],
  ["has ended", { ...container, State: { ...container.State, Status: "exited" } }],
  ["was started again", { ...container, State: { ...container.State, StartedAt: "2027-01-01T00:00:00Z" } }],
])("137 is the end of the container when that %s", (_what, now) => {
  expect(readExecEnd(137, ref, now)).toMatchObject({ kind: "shut-down", exitCode: 137 });
});
