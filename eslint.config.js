import tseslint from 'typescript-eslint';
import { layers, nodeOnlyForHttp, packageFree } from './eslint.layers.js';

/** Where the fixtures of `test/unit/lint-layers.test.ts` mirror the real tree. */
const fixtures = 'test/fixtures/lint';

/** The same globs for the real tree and for the fixtures. */
const withFixtures = (...globs) => globs.flatMap((glob) => [glob, `${fixtures}/${glob}`]);

const noProcessModule = {
  regex: '^(node:)?process$',
  message: '`process` is a global; its environment is read in services/*/config.ts alone.',
};

const noOtherService = {
  regex: '^#(services|test)/|^(\\.\\./)+(gateway|encoder|edge|cli|listener)/',
  message: 'Services import neither tests nor each other: they talk over the wire.',
};

/** One `no-restricted-imports` rule per folder of `src/`. */
function layerRule(folder, allowed) {
  const patterns = [
    {
      regex: `^#src/(?!(?:${allowed.join('|')})/)`,
      message: `src/${folder} may import only: ${allowed.join(', ')} (see eslint.layers.js).`,
    },
    { regex: '^#(services|test)/', message: 'src/ never imports services/ or test/.' },
    {
      regex: '^\\.{1,2}/(.*/)?\\.\\./|^\\.\\./',
      message: 'Import from another folder as #src/…, so that the layer rule sees it.',
    },
    noProcessModule,
  ];
  if (packageFree.includes(folder)) {
    patterns.push({
      regex: '^(?!#|\\.)',
      message: `src/${folder} imports no package: see packageFree in eslint.layers.js.`,
    });
  }
  if (folder === 'http') {
    patterns.push({
      regex: `^(${nodeOnlyForHttp.join('|')})(/|$)`,
      message: 'src/http sees only Fetch Request and Response.',
    });
  }
  return {
    files: withFixtures(`src/${folder}/**/*.ts`),
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      'data',
      'src/infer/triton/gen',
      'src/client/gen',
      'dist',
      '.venv',
      '.cache',
      'coverage',
      fixtures,
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Kernels index typed arrays within proven bounds; `!` there is clearer than a dead branch.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Configuration is parsed once, in services/*/config.ts.',
        },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'No barrels: import the file that defines the thing.' },
      ],
    },
  },
  {
    files: withFixtures('src/**/*.ts'),
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'No barrels: import the file that defines the thing.' },
        {
          selector: 'ImportExpression > Literal[value=/^[#.]/]',
          message: 'A dynamic import of our own code is invisible to the layer rule: import it statically.',
        },
      ],
    },
  },
  ...Object.entries(layers).map(([folder, allowed]) => layerRule(folder, allowed)),
  {
    files: withFixtures('src/client/**/*.ts'),
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'Buffer', 'setImmediate', 'require', 'global'].map((name) => ({
          name,
          message: 'The client runs in browsers and Workers too, which have no such global.',
        })),
      ],
    },
  },
  {
    files: withFixtures('services/**/*.ts'),
    rules: { 'no-restricted-imports': ['error', { patterns: [noProcessModule, noOtherService] }] },
  },
  {
    files: ['test/**/*.ts'],
    ignores: [`${fixtures}/**`],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    files: [...withFixtures('services/*/config.ts'), 'scripts/**/*.ts', 'test/**/*.ts', '*.ts'],
    ignores: [`${fixtures}/src/**`, `${fixtures}/services/*/!(config).ts`],
    rules: { 'no-restricted-properties': 'off' },
  },
  // Fixtures break the rules on purpose and import files that do not exist: only the layer test lints them.
  {
    files: [`${fixtures}/**/*.ts`],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
  },
);
