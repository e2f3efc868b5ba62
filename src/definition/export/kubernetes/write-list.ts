import { Document, Scalar, visit, YAMLSeq } from "yaml";
import { visible } from "../../../job/problem.ts";
import type { JsonMap } from "./part.ts";

export interface ListParts {
  readonly head: readonly string[];
  readonly items: readonly { readonly object: JsonMap; readonly comments: readonly string[] }[];
  readonly foot: readonly string[];
}

/**
 * Writes one List. Kubernetes reads YAML 1.1, where `on` and `0400` are no texts: all texts but simple words are in quotes.
 */
export function writeList({ head, items, foot }: ListParts): string {
  const document = new Document(
    { apiVersion: "v1", kind: "List", items: items.map(({ object }) => object) },
    { aliasDuplicateObjects: false },
  );
  const list = document.get("items");
  if (list instanceof YAMLSeq) {
    for (const [index, item] of list.items.entries()) {
      const comments = items[index]?.comments ?? [];
      if (comments.length > 0) (item as { commentBefore?: string }).commentBefore = commentOf(comments);
    }
    list.flow = items.length === 0;
  }
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value !== "string") return;
      node.type = isPlain(node.value)
        ? Scalar.PLAIN
        : /\n./.test(node.value)
          ? Scalar.BLOCK_LITERAL
          : Scalar.QUOTE_DOUBLE;
    },
    Seq: (_key, node) => {
      if (node.items.length > 0 && node.items.every((item) => item instanceof Scalar)) node.flow = true;
    },
  });
  document.commentBefore = commentOf(head);
  if (foot.length > 0) document.comment = commentOf(foot);
  return document.toString({
    lineWidth: 0,
    flowCollectionPadding: false,
    doubleQuotedMinMultiLineLength: 1_000_000_000,
  });
}

function commentOf(lines: readonly string[]): string {
  return lines.map((line) => ` ${visible(line)}`).join("\n");
}

/** True for a simple word that is a text to every reader of YAML. */
function isPlain(text: string): boolean {
  return /^[A-Za-z/][\w./:@-]*$/.test(text) && !/:$|^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text);
}
