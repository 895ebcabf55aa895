export default { testMatch: ['**/*.jest.mjs'], transform: {}, maxWorkers: 1, testTimeout: 20_000 }
