// Plain JavaScript without newer syntax: this is the one script that must run on the Node that is too old for the others.
if (!process.features.typescript) {
  console.error(
    `This needs Node 22.18 or later, which runs TypeScript, and found ${process.version} (${process.execPath}). ` +
      'On Linux x64 `npm ci` brings Node 24 itself, for `npm run`; on any other system install Node 24.',
  )
  process.exit(1)
}
