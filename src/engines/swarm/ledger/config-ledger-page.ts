import { LARGEST_PAGE_BYTES } from "../../../ledger/changes/size-changes.ts";
import type { Page } from "../../../ledger/page.ts";
import { type ReadPage, readPage, writePage } from "../../../ledger/page-json.ts";
import { type Labels, RUN_LABELS } from "../../docker/specs/run-labels.ts";
import type { SwarmConfig } from "./config-ledger-configs.ts";
import { pageConfigName } from "./config-ledger-names.ts";
import { type Known, NONCE_LABEL, type Standing } from "./config-ledger-swap.ts";

/** What a config of ours keeps is told by which of these labels it has. */
export const LEDGER_LABELS = {
  page: "shipbell.page",
  generation: "shipbell.generation",
  damagedPage: "shipbell.damaged-page",
} as const;

/** What stands in the page's config. `unkept`: it is damaged, and its text could not be set aside yet. */
export type PageSeen = ReadPage | { readonly kind: "unkept"; readonly message: string };

/** The job whose page the config keeps; undefined when it is not a page of this instance. */
export function jobOfPage(
  instance: string,
  { name, labels }: Pick<SwarmConfig, "name" | "labels">,
): string | undefined {
  const { [RUN_LABELS.instance]: owner, [RUN_LABELS.job]: job, [LEDGER_LABELS.page]: text } = labels;
  if (owner !== instance || job === undefined || text === undefined) return undefined;
  return pageConfigName(instance, job) === name ? job : undefined;
}

/** The page as its config has it; the same object where it is still the known one. */
export function readPageConfig(config: SwarmConfig, known: Known<PageSeen> | undefined): Standing<PageSeen> {
  const { id, version, data, labels } = config;
  const text = labels[LEDGER_LABELS.page] ?? "";
  const isKnown = known?.id === id && (known.version === version || isText(known.value, text));
  return { id, version, data, nonce: labels[NONCE_LABEL], value: isKnown ? known.value : readPage(text) };
}

function isText(seen: PageSeen, text: string): boolean {
  return seen.kind === "page" && writePage(seen.page) === text;
}

/** Its labels, but for the nonce of its writer. @throws Error when the page is too large. */
export function labelsOfPage(instance: string, job: string, page: Page): Labels {
  const text = writePage(page);
  if (sizeOf(text) > LARGEST_PAGE_BYTES)
    throw new Error(`the page of ${job} has ${sizeOf(text)} bytes, and at most ${LARGEST_PAGE_BYTES} are allowed`);
  return { [RUN_LABELS.instance]: instance, [RUN_LABELS.job]: job, [LEDGER_LABELS.page]: text };
}

function sizeOf(text: string): number {
  return Buffer.byteLength(text);
}
