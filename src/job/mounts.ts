import type { Making } from "./declared.ts";

/** A bind mount (source is an absolute path), a volume with a name or (without source) without one, or memory. */
export interface VolumeMount {
  readonly type: "bind" | "volume" | "tmpfs";
  readonly source?: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** What the engine's platform may make of it: `consistent`, `cached`, `delegated`. */
  readonly consistency?: string;
  readonly bind?: BindOptions;
  readonly volume?: VolumeOptions;
  readonly tmpfs?: TmpfsOptions;
  /** The file declares the volume: it is made so, where there is none. */
  readonly making?: Making;
}

export interface BindOptions {
  /** `rprivate`, `rshared`, `rslave`, `private`, `shared`, `slave`. */
  readonly propagation?: string;
  /** A folder that is not there is made. Default: the run is rejected. */
  readonly createHostPath?: boolean;
  /** What is mounted below the source: `enabled`, `disabled`, `writable`, `readonly`. */
  readonly recursive?: string;
  /** The folder gets a label of SELinux: shared (`z`) or the container's own (`Z`). */
  readonly selinux?: string;
}

export interface VolumeOptions {
  /** What the image has there is not copied into a volume that is empty. */
  readonly nocopy?: boolean;
  /** A folder of the volume. */
  readonly subpath?: string;
  /** Of a volume that is made for this. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface TmpfsOptions {
  /** Bytes. */
  readonly size?: number;
  readonly mode?: number;
}

/** A folder in memory, with options of the mount command. */
export interface TmpfsMount {
  readonly target: string;
  /** `size=64m`, `mode=1777`, `noexec`. */
  readonly options: readonly string[];
}
