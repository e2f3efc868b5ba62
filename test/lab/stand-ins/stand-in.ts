import type { EngineClient } from "../engine-client.ts";

/** How an image that cannot be pulled is made here, under its public name, so that Dockerfiles stay what users run. */
export type StandIn = {
  image: string;
  /** The image that it is made from. */
  from?: string;
  /** Changes whenever the same recipe would give another image: what is in the cache under another version is not used. */
  version: string;
  /** Makes the image on an engine. The folder is empty, and removed afterwards. */
  make(engine: EngineClient, folder: string): Promise<void>;
};
