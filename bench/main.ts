// `npm run bench`: all of it, or one part by its name: `npm run bench -- smoke`.
const PARTS = ['smoke', 'size', 'waiting', 'funnel', 'scale']

const [name = ''] = process.argv.slice(2)
const isPart = PARTS.includes(name)
if (isPart) process.argv.splice(2, 1)
await import(`./${isPart ? name : 'run'}.ts`)
