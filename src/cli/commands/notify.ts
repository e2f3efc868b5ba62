import { systemClock } from "../../clock.ts";
import { NOTICE_KINDS, type NoticeKind } from "../../job/notify.ts";
import { formatProblem, nearestWord } from "../../job/problem.ts";
import type { Channels } from "../../notify/channel.ts";
import type { Settings } from "../../settings/settings.ts";
import { PatientDisk } from "../../sources/disk.ts";
import { channelsView } from "../../view/scheduler/channels-view.ts";
import { shapeNotices, shapeTried } from "../../view/shapes/channel-shape.ts";
import { type Args, type Command, withSettings } from "../command.ts";
import { readChannelsFile } from "../files/channels-file.ts";
import { onInstance } from "../instance/instance.ts";
import { appearanceOf } from "../terminal/appearance.ts";
import { formatChannels } from "../terminal/channel-table.ts";
import { formatOption, readFormat } from "../terminal/format-option.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";
import { readTimeStyle, timeOptions } from "../terminal/time-style.ts";

/** The channels through which others are told, and a notice to try one. */
export const notifyCommand: Command = {
  usage: "notify <what> [channel]",
  describe: "Channels, and what waits for them: ls; a notice that tries a channel: test",
  positionals: {
    what: { describe: "ls or test", type: "string", completes: "notify" },
    channel: { describe: "For test: name of the channel", type: "string", completes: "channels" },
  },
  options: {
    ...formatOption,
    ...timeOptions,
    kind: { type: "string", requiresArg: true, default: "failed", describe: `For test: ${NOTICE_KINDS.join(", ")}` },
  },
  async run(args, terminal) {
    const format = readFormat(args, terminal);
    if (format === undefined) return exitCodes.usage;
    if (args.what === "ls" && args.channel === undefined) return listChannels(args, format, terminal);
    if (args.what === "test") return testChannel(args, format, terminal);
    const wrong =
      args.what === "ls" ? `ls takes no channel, not "${args.channel}"` : `"${args.what}" is not ls or test`;
    terminal.err(`shipbell: notify: ${wrong}`);
    return exitCodes.usage;
  },
};

type Format = "people" | "json";

/** What waits stands on the records; the running scheduler knows the channels. Where none answers, their file does. */
function listChannels(args: Args, format: Format, terminal: Terminal): Promise<number> {
  return onInstance(args, terminal, async ({ settings, ledger, clock, scheduler }) => {
    const times = readTimeStyle(args, settings, terminal);
    if (times === undefined) return exitCodes.usage;
    const [{ records }, answer] = await Promise.all([ledger.load(), scheduler()]);
    const channels = answer.kind === "answers" ? answer.view.channels : await factsFrom(settings, terminal);
    const view = channelsView(records, channels);
    if (format === "json") terminal.out(JSON.stringify(shapeNotices(view), null, 2));
    else terminal.out(formatChannels(view, { now: clock.now(), times, appearance: appearanceOf(terminal) }));
    if (answer.kind === "silent" && format === "people")
      terminal.err(`shipbell: no scheduler answers here, and so nothing is sent: ${answer.why}`);
    return exitCodes.ok;
  });
}

async function factsFrom(settings: Settings, terminal: Terminal) {
  if (settings.channels === undefined) return "unknown";
  const channels = await channelsIn(settings.channels, terminal);
  return channels === undefined
    ? "unknown"
    : [...channels.byName.values()].map(({ name, kind, address }) => ({ name, kind, address }));
}

/** Really sends it, from here. Exit code 0 where the channel took it. */
function testChannel(args: Args, format: Format, terminal: Terminal): Promise<number> {
  return withSettings(args, terminal, async (settings) => {
    const { channel: name } = args;
    const kind = NOTICE_KINDS.find((kind) => kind === args.kind);
    if (kind === undefined) return wrong(`--kind "${args.kind}" is not one of ${NOTICE_KINDS.join(", ")}`, terminal);
    if (typeof name !== "string" || name === "")
      return wrong("which channel? (shipbell notify test CHANNEL)", terminal);
    if (settings.channels === undefined)
      return wrong("no channel is known here: name their file with --channels", terminal);
    const channels = await channelsIn(settings.channels, terminal);
    if (channels === undefined) return exitCodes.problem;
    return sendTest({ name, kind, channels, settings }, format, terminal);
  });
}

interface Test {
  readonly name: string;
  readonly kind: NoticeKind;
  readonly channels: Channels;
  readonly settings: Settings;
}

async function sendTest({ name, kind, channels, settings }: Test, format: Format, terminal: Terminal): Promise<number> {
  const channel = channels.byName.get(name);
  if (channel === undefined) {
    const names = [...channels.byName.keys()];
    const nearest = nearestWord(name, names);
    const hint = nearest === undefined ? `there are ${names.join(", ") || "none"}` : `did you mean ${nearest}?`;
    terminal.err(`shipbell: there is no channel "${name}" (${hint})`);
    return exitCodes.problem;
  }
  const { tryChannel } = await import("../../notify/try-channel.ts");
  const { instance, publicUrl } = settings;
  const sent = await tryChannel(channel, kind, {
    instance,
    publicUrl: channels.pageUrl ?? publicUrl?.url,
    clock: systemClock,
    signal: new AbortController().signal,
    env: terminal.env,
  });
  const shape = shapeTried({ channel, sent });
  if (format === "json") terminal.out(JSON.stringify(shape, null, 2));
  else {
    const what = `${name} (${channel.kind}, ${channel.address})`;
    terminal.out(shape.delivered ? `${what} took it: ${sent.because}` : `${what} did not take it: ${sent.because}`);
    if (shape.answer !== undefined) terminal.out(`it answered: ${shape.answer}`);
  }
  return shape.delivered ? exitCodes.ok : exitCodes.problem;
}

function wrong(message: string, terminal: Terminal): number {
  terminal.err(`shipbell: notify: ${message}`);
  return exitCodes.usage;
}

/** Undefined, with what is wrong on standard error. */
async function channelsIn(path: string, terminal: Terminal): Promise<Channels | undefined> {
  const read = await readChannelsFile(path, new PatientDisk(systemClock));
  if ("channels" in read) return read.channels;
  for (const problem of read.problems) terminal.err(`shipbell: ${formatProblem(problem)}`);
  return undefined;
}
