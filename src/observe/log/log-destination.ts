/** Where lines go: a pino destination, or anything that takes text. */
export interface LogDestination {
  write(text: string): unknown;
  flush?(done: () => void): void;
  /** Has `tell` called with how many lines were dropped, once lines are written again. */
  onDropped?(tell: (lines: number) => void): void;
}
