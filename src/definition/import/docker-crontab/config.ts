import type { FileValue, Place } from "../imported.ts";

/** A job of docker-crontab's, as its file has it. Values are texts, as jq prints them; null is one that is not there. */
export interface Definition {
  /** Its key, where the file is a map. */
  readonly key?: string;
  readonly place: Place;
  readonly fields: Readonly<Record<string, FileValue>>;
}

export interface Config {
  readonly definitions: readonly Definition[];
}
