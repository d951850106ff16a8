import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.esnext.d.ts'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
};

const toJs = (name: string): string => name.replace(/\.ts$/, '.js');

/** `new URL('….ts', import.meta.url)`: how this project names the file that a child process begins with. */
function isOwnFileUrl(node: ts.Node): node is ts.NewExpression {
  return (
    ts.isNewExpression(node) &&
    node.expression.getText() === 'URL' &&
    node.arguments?.[1]?.getText() === 'import.meta.url'
  );
}

/** Does the literal name a file of ours: where an import comes from, or where such an address leads? */
function namesFile({ parent }: ts.StringLiteral): boolean {
  if (isOwnFileUrl(parent)) return true;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
  return ts.isCallExpression(parent) && parent.expression.kind === ts.SyntaxKind.ImportKeyword;
}

/** Lets every name of a `.ts` file lead to the `.js` file that is made of it. */
const renameFiles: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
  const visit = (node: ts.Node): ts.Node =>
    ts.isStringLiteral(node) && node.text.endsWith('.ts') && namesFile(node)
      ? context.factory.createStringLiteral(toJs(node.text))
      : ts.visitEachChild(node, visit, context);
  return ts.visitNode(file, visit, ts.isSourceFile);
};

/** Emits all of src/ and services/ as JavaScript to the same places under `outDir`; what is JavaScript already is taken along. */
export function emitJavaScript(root: string, outDir: string): void {
  const files = globSync('{src,services}/**/*.{ts,js}', { cwd: root }).filter(
    (path) => !path.endsWith('.d.ts'),
  );
  for (const path of files) {
    const target = join(outDir, toJs(path));
    mkdirSync(dirname(target), { recursive: true });
    const source = readFileSync(join(root, path), 'utf8');
    if (path.includes('/gen/') && path.endsWith('.js')) {
      // Generated, and it imports one file of ours.
      writeFileSync(target, source.replaceAll(/from "(\.[^"]+)\.ts"/g, 'from "$1.js"'));
      continue;
    }
    const { outputText } = ts.transpileModule(source, {
      fileName: path,
      // By the file alone the compiler cannot tell that the package is one of modules.
      compilerOptions: { ...options, module: ts.ModuleKind.ESNext },
      transformers: { before: [renameFiles] },
    });
    writeFileSync(target, outputText);
  }
}

/** Emits the types of the client. Throws with the compiler's words when it cannot. */
export function emitClientTypes(root: string, outDir: string): void {
  const entry = join(root, 'src/client/package-entry.ts');
  const program = ts.createProgram([entry], {
    ...options,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: root,
    outDir,
  });
  const { diagnostics } = program.emit(undefined, undefined, undefined, true, {
    afterDeclarations: [renameFiles as ts.TransformerFactory<ts.SourceFile | ts.Bundle>],
  });
  if (diagnostics.length > 0) {
    throw new Error(
      diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n'),
    );
  }
}

/** Copies a file or folder to the same place under `outDir`. */
export function copyAsIs(root: string, outDir: string, path: string): void {
  cpSync(join(root, path), join(outDir, path), {
    recursive: true,
    filter: (source) => !/(^|\/)(__pycache__|\.DS_Store|\.venv)(\/|$)/.test(source.slice(root.length)),
  });
}
