// Read from the build, since no parser of TypeScript 7 is to be had yet. Imports run in one direction: commands → cli → credentials → vault, platforms, authorization.
const rooms = {
  commands: [],
  cli: ['commands'],
  import: ['commands', 'cli', 'sandbox', 'diagnosis'],
  credentials: ['commands', 'cli', 'import', 'diagnosis'],
  authorization: ['commands', 'cli', 'import', 'credentials', 'platforms', 'sandbox', 'diagnosis'],
  vault: ['commands', 'cli', 'import', 'credentials', 'authorization', 'platforms', 'sandbox', 'diagnosis'],
  platforms: ['commands', 'cli', 'import', 'credentials', 'authorization', 'vault', 'sandbox', 'diagnosis'],
  diagnosis: ['commands', 'cli', 'import', 'sandbox'],
  sandbox: ['commands', 'cli', 'import', 'credentials', 'authorization', 'vault', 'platforms', 'diagnosis'],
};

module.exports = {
  forbidden: [
    {name: 'no-circular', severity: 'error', from: {}, to: {circular: true}},
    ...Object.entries(rooms)
      .filter(([, above]) => above.length > 0)
      .map(([room, above]) => ({
        name: `${room}-looks-down`,
        severity: 'error',
        from: {path: `^dist/${room}/`},
        to: {path: `^dist/(${above.join('|')})/`},
      })),
    {
      name: 'platform-is-chosen-by-commands',
      comment: 'A new platform is a folder under platforms/ and one under commands/.',
      severity: 'error',
      from: {pathNot: '^dist/(commands|platforms/threads|index)'},
      to: {path: '^dist/platforms/threads/'},
    },
  ],
  options: {doNotFollow: {path: 'node_modules'}},
};
