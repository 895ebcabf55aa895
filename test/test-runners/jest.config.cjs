module.exports = { testMatch: ['**/*.jest.cjs'], transform: {}, maxWorkers: 1, testTimeout: 20_000 }
