// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables are what is tested
import { expect, test } from "vitest";
import { interpolate } from "../../../src/definition/variables/interpolate.ts";

const variables = { NAME: "shop", EMPTY: "", A_1: "one" };

test.each([
  ["no variables", "no variables"],
  ["$NAME", "shop"],
  ["${NAME}", "shop"],
  ["a-$A_1-b", "a-one-b"],
  ["$NAME.$NAME", "shop.shop"],
  ["$$NAME and $${NAME}", "$NAME and ${NAME}"],
  ["${NONE:-default}", "default"],
  ["${NONE-default}", "default"],
  ["${EMPTY:-default}", "default"],
  ["${EMPTY-default}", ""],
  ["${NAME:-default}", "shop"],
  ["${NONE:-${NAME}}", "shop"],
  ["${NONE:-${NONE:-deep}/x}", "deep/x"],
  ["${NONE:-}", ""],
  ["${NAME:+other}", "other"],
  ["${NONE:+other}", ""],
  ["${EMPTY:+other}", ""],
  ["${EMPTY+other}", "other"],
  ["${NAME:?must be set}", "shop"],
  ["${EMPTY?must be set}", ""],
  ["${NONE:-a b:c-d?e}", "a b:c-d?e"],
  ["$", "$"],
  ["5$, $1 and $(date)", "5$, $1 and $(date)"],
  ["$} $$$ ${NONE:-$}", "$} $$ $"],
])("%s becomes %j", (text, expected) => expect(interpolate(text, variables)).toEqual({ text: expected, unset: [] }));

/** As compose-go has them in its own tests. */
const ofCompose = { FOO: "first", BAR: "" };

test.each([
  ["$${foo}", "${foo}"],
  ["foo", "foo"],
  ["$FOO-bar", "first-bar"],
  ["This ${BAR} var", "This  var"],
  ["This $FOO var", "This first var"],
  ["ok ${missing:-def}", "ok def"],
  ["ok ${missing-def}", "ok def"],
  ["ok ${BAR:-def}", "ok def"],
  ["ok ${FOO:-def}", "ok first"],
  ["ok ${BAR-def}", "ok "],
  ["ok ${BAR:-/non:-alphanumeric}", "ok /non:-alphanumeric"],
  ["ok ${UNSET_VAR-$FOO}", "ok first"],
  ["ok ${UNSET_VAR-${FOO}}", "ok first"],
  ["ok ${UNSET_VAR-${FOO} ${FOO}}", "ok first first"],
  ["ok ${BAR:-$FOO}", "ok first"],
  ["ok ${BAR:-${FOO} ${FOO}}", "ok first first"],
  ["ok ${FOO:?err}", "ok first"],
  ["ok ${BAR?err}", "ok "],
  ["ok ${FOO+set}", "ok set"],
  ["ok ${BAR:+set}", "ok "],
  ["ok ${BAR+set}", "ok set"],
  ["${UNSET_VAR-myerror?msg}", "myerror?msg"],
  ["${FOO?bar-baz}", "first"],
  ["${UNSET-va:-lu:?e}", "va:-lu:?e"],
  ["${UNSET-va+lu?e}", "va+lu?e"],
  ["${FOO:+va:?lu:-e}", "va:?lu:-e"],
  ['${UNSET:-{"a":{"b":1}}}', '{"a":{"b":1}}'],
  ['${FOO:-{"a":1}}', "first"],
  ["${UNSET:-{}", "{"],
  ["$$$FOO", "$first"],
  ["ok ${BAR:-${FOO} ${FOO}} ${FOO:-x}", "ok first first first"],
  ["ok ${FOO:+presence ${FOO} x}", "ok presence first x"],
  ["ok ${UNSET:+presence}", "ok "],
  ["${FOO+va:+lue}", "va:+lue"],
  ["${FOO:-${UNSET:?never asked for}}", "first"],
  ["${UNSET:-{{.Node.Hostname}}}", "{{.Node.Hostname}}"],
])("as in Compose: %s becomes %j", (text, expected) =>
  expect(interpolate(text, ofCompose)).toEqual({ text: expected, unset: [] }),
);

test.each([
  "${",
  "${}",
  "${ }",
  "${ foo}",
  "${foo }",
  "${foo!}",
  "${FOO/x/y}",
  "${FOO:0:1}",
  "${FOO:=x}",
  "${UNSET?bar-baz}",
  "${UNSET:?va${FOO}}",
])("as in Compose: %s is refused", (text) => expect(interpolate(text, ofCompose)).toHaveProperty("wrong"));

test("a variable without a value becomes nothing, and is named", () => {
  expect(interpolate("a${NONE}b$OTHER", variables)).toEqual({ text: "ab", unset: ["NONE", "OTHER"] });
});

test.each([
  ["${NONE:?say who}", "the variable NONE must be set: say who"],
  ["${EMPTY:?}", "the variable EMPTY must be set"],
  ["${NONE?ask $NAME}", "the variable NONE must be set: ask $NAME"],
])("%s is refused, since it must be set", (text, wrong) =>
  expect(interpolate(text, variables)).toMatchObject({ wrong }),
);

test.each(["${", "${}", "${1}", "${NAME", "${NAME!x}", "${NA ME}", "${NONE:-${}"])("%s is not a variable", (text) =>
  expect(interpolate(text, variables)).toHaveProperty("wrong"),
);

test("no property of every object is taken for a variable", () => {
  expect(interpolate("${constructor-none}", {})).toEqual({ text: "none", unset: [] });
});

test("nesting without end is refused, not followed", () => {
  expect(interpolate(`${"${A:-".repeat(50_000)}x${"}".repeat(50_000)}`, {})).toHaveProperty("wrong");
});
