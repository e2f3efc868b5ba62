import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import * as ast from "typescript/unstable/ast";
import { API } from "typescript/unstable/sync";

/** What one TypeScript file says. Its path is relative to the folder that is read. */
export interface CodeFile {
  readonly path: string;
  readonly lines: number;
  /** Lines that are neither blank nor a comment. */
  readonly codeLines: number;
  /** Imports and re-exports, of types too. Files are named by their path, packages as they are written. */
  readonly imports: readonly { readonly from: string; readonly names: readonly string[] }[];
  /** The interfaces that its classes implement. */
  readonly implemented: readonly string[];
  readonly literals: ReadonlySet<string>;
  /** All identifiers but the method `exec` of regular expressions. */
  readonly identifiers: ReadonlySet<string>;
}

/** Reads all TypeScript files of a folder with TypeScript's own parser. Neither packages nor a `tsconfig.json` is needed. */
export function readFiles(folder: string): CodeFile[] {
  const names = globSync("**/*.ts", { cwd: folder }).sort();
  if (names.length === 0) throw new Error(`${folder}: no TypeScript files are there; a repository has them in src`);
  const config = join(folder, "figures.tsconfig.json");
  const settings = { files: names, compilerOptions: { noLib: true, noResolve: true, types: [], module: "nodenext" } };
  const api = new API({
    cwd: folder,
    fs: {
      readFile: (name) => (name === config ? JSON.stringify(settings) : undefined),
      fileExists: (name) => (name === config ? true : undefined),
    },
  });
  try {
    const program = api.updateSnapshot({ openProjects: [config] }).getProject(config)?.program;
    return names.map((path) => {
      const root = program?.getSourceFile(join(folder, path));
      if (root === undefined) throw new Error(`${join(folder, path)}: TypeScript cannot read it`);
      return readFile(folder, path, root);
    });
  } finally {
    api.close();
  }
}

function readFile(folder: string, path: string, root: ast.Node): CodeFile {
  const lines = readFileSync(join(folder, path), "utf8").trimEnd().split("\n");
  const imports: { from: string; names: string[] }[] = [];
  const implemented: string[] = [];
  const literals = new Set<string>();
  const identifiers = new Set<string>();
  const addImport = (target: ast.Node | undefined, names: string[]) => {
    if (target === undefined || !ast.isStringLiteral(target)) return;
    const file = relative(folder, resolve(folder, dirname(path), target.text));
    imports.push({ from: target.text.startsWith(".") ? file : target.text, names });
  };
  const visit = (node: ast.Node): void => {
    if (ast.isImportDeclaration(node)) addImport(node.moduleSpecifier, importedNames(node));
    if (ast.isExportDeclaration(node)) addImport(node.moduleSpecifier, importedNames(node));
    if (ast.isCallExpression(node) && node.expression.kind === ast.SyntaxKind.ImportKeyword)
      addImport(node.arguments[0], ["*"]);
    if (ast.isImportTypeNode(node) && ast.isLiteralTypeNode(node.argument)) addImport(node.argument.literal, ["*"]);
    if (ast.isHeritageClause(node) && node.token === ast.SyntaxKind.ImplementsKeyword)
      implemented.push(...node.types.map(({ expression }) => expression).flatMap(nameOf));
    if (ast.isStringLiteral(node)) literals.add(node.text);
    if (ast.isIdentifier(node)) identifiers.add(node.text);
    if (ast.isPropertyAccessExpression(node) && node.name.text === "exec") visit(node.expression);
    else node.forEachChild(visit);
  };
  visit(root);
  return { path, lines: lines.length, codeLines: countCode(lines), imports, implemented, literals, identifiers };
}

/** The names in the other file; `*` is all of it. */
function importedNames(declaration: ast.ImportDeclaration | ast.ExportDeclaration): string[] {
  const names: string[] = [];
  const visit = (node: ast.Node): void => {
    if (ast.isImportSpecifier(node) || ast.isExportSpecifier(node)) names.push((node.propertyName ?? node.name).text);
    else if (ast.isNamespaceImport(node) || ast.isNamespaceExport(node)) names.push("*");
    else if (ast.isImportClause(node) && node.name !== undefined) names.push("default");
    node.forEachChild(visit);
  };
  visit(declaration);
  return ast.isExportDeclaration(declaration) && declaration.exportClause === undefined ? ["*"] : names;
}

function nameOf(expression: ast.Node): string[] {
  return ast.isIdentifier(expression) ? [expression.text] : [];
}

function countCode(lines: readonly string[]): number {
  let inComment = false;
  return lines.filter((line) => {
    const begins = inComment || line.trimStart().startsWith("/*");
    inComment = begins && !line.includes("*/");
    return !begins && !/^\s*(\/\/|$)/.test(line);
  }).length;
}
