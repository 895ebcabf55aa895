import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'index.ts', main: 'main.ts' },
  format: 'esm',
  platform: 'node',
  target: 'es2022',
  dts: { entry: { index: 'index.ts' } },
  removeNodeProtocol: false,
  tsconfig: '../tsconfig.build.json',
})
