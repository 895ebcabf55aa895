// Built as `index.js`, whose types are those of `src/index.ts`. The core is one file, so it also exports what wrappers import.

export * from '../index.ts'
export { default } from '../index.ts'
export * from './index.ts'
