import type { CodegenConfig } from '@graphql-codegen/cli';

const scalars = {
  ID: { input: 'string', output: 'string' },
  DateTime: { input: 'string', output: 'Date' },
};

const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    // What resolvers take and answer with.
    'src/generated/graphql.ts': {
      plugins: ['typescript'],
      config: {
        scalars,
        enumsAsTypes: true,
        useTypeImports: true,
        immutableTypes: true,
        strictScalars: true,
        inputMaybeValue: 'T | null | undefined',
      },
    },
    // Typed documents for tests and tools: what a frontend would generate.
    'test/generated/': {
      preset: 'client',
      documents: ['test/**/*.ts', '!test/generated/**'],
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        scalars: { ...scalars, DateTime: { input: 'string', output: 'string' } },
        enumsAsTypes: true,
        useTypeImports: true,
        importExtension: '.js',
        strictScalars: true,
      },
    },
  },
};

export default config;
