import { posix } from "node:path";
import ts from "typescript";

/** Rooms of lib/, each of which imports only from itself and from rooms to its right. */
export const rooms = ["cli", "bench", "grokking", "report", "analysis", "checkpoint", "solver", "spectrum"];

/** Module names that a TypeScript file mentions: static, re-exported, dynamic, and in types. */
export function importedModules(source: string): string[] {
  const file = ts.createSourceFile("file.ts", source, ts.ScriptTarget.Latest);
  const modules: string[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = moduleSpecifier(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) modules.push(specifier.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return modules;
}

function moduleSpecifier(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return node.arguments[0];
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  return undefined;
}

/** What is wrong with the imports of one file; `path` is relative to the package, e.g. `lib/solver/native.ts`. */
export function brokenImports(path: string, source: string): string[] {
  return importedModules(source).flatMap((module) => {
    const reason = brokenRule(path, module);
    return reason === undefined ? [] : [`${path} imports ${module}: ${reason}`];
  });
}

function brokenRule(path: string, module: string): string | undefined {
  const room = roomOf(path);
  if (!module.startsWith(".")) {
    return room === "spectrum" ? "spectrum is pure mathematics and imports nothing from outside" : undefined;
  }
  const target = posix.join(posix.dirname(path), module);
  if (!target.startsWith("lib/")) return "it leaves lib/";
  if (target === "lib/index.ts") return room === "cli" ? undefined : "only cli imports the public face";
  if (path === "lib/index.ts") {
    return roomOf(target) === "cli" ? "the public face has no part in the command line" : undefined;
  }
  const [from, to] = [rooms.indexOf(room), rooms.indexOf(roomOf(target))];
  if (from < 0 || to < 0) return "there is no such room";
  return to < from ? `${room} stands to the right of ${roomOf(target)}` : undefined;
}

function roomOf(path: string): string {
  return path.split("/")[1] ?? "";
}
