import { type FileSettings, parseScheduleFile } from "../definition/files/parse-schedule-file.ts";
import type { Reading } from "../definition/reading.ts";
import { type Known, type ParsedOnce, parseOnce } from "./referenced-files.ts";

/** Parses the texts of schedule files elsewhere, so that nothing waits for it here. */
export interface FileReader {
  /** Rejects when the text could not be parsed at all, now. */
  read(order: ReadOrder): Promise<ParsedOnce<Reading>>;
  /** Must be called when there is nothing more to read. */
  close(): Promise<void>;
}

/** A text to parse. Plain values, which a thread can be sent. */
export interface ReadOrder extends PlainSettings {
  readonly text: string;
  readonly known: Known;
  /** The names of all channels; undefined when they are not known. */
  readonly channelNames: readonly string[] | undefined;
}

type FunctionIn<T> = { [K in keyof T]-?: NonNullable<T[K]> extends (...args: never) => unknown ? K : never }[keyof T];
/** The compiler wants each of them in an order, so that no setting is forgotten on the way. */
type PlainSettings = WithEach<Omit<FileSettings, FunctionIn<FileSettings>>>;
type WithEach<T> = { readonly [K in keyof Required<T>]: object extends Pick<T, K> ? T[K] | undefined : T[K] };
type Answered = "channels" | "readReferenced" | "seeReferenced" | "digestSecret";
/** What the reader must have of its own. */
export type Checks = Required<Pick<FileSettings, Exclude<FunctionIn<FileSettings>, Answered>>>;

/** Carries out an order where it is called. */
export function readText(order: ReadOrder, checks: Checks): ParsedOnce<Reading> {
  const { text, known, channelNames, ...rest } = order;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  const settings = { ...Object.fromEntries(given), ...checks } as FileSettings;
  const channels = channelNames && { channels: () => new Set(channelNames) };
  return parseOnce(known, (asking) => parseScheduleFile(text, { ...settings, ...channels, ...asking }));
}
