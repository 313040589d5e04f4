// Read from the build, since no parser of TypeScript 7 is to be had yet. Imports run in one direction: commands → cli → credentials → vault, platforms, authorization.
const above = ['commands', 'cli', 'library', 'import', 'credentials'];
const rooms = {
  commands: [],
  cli: ['commands'],
  library: ['commands', 'cli', 'import', 'authorization', 'sandbox', 'diagnosis'],
  import: ['commands', 'cli', 'library', 'sandbox', 'diagnosis'],
  credentials: ['commands', 'cli', 'library', 'import', 'diagnosis'],
  authorization: [...above, 'platforms', 'sandbox', 'diagnosis'],
  vault: [...above, 'authorization', 'platforms', 'sandbox', 'diagnosis'],
  platforms: [...above, 'authorization', 'vault', 'sandbox', 'diagnosis'],
  diagnosis: ['commands', 'cli', 'library', 'import', 'sandbox'],
  sandbox: [...above, 'authorization', 'vault', 'platforms', 'diagnosis'],
};

module.exports = {
  forbidden: [
    {name: 'no-circular', severity: 'error', from: {}, to: {circular: true}},
    ...Object.entries(rooms)
      .filter(([, others]) => others.length > 0)
      .map(([room, others]) => ({
        name: `${room}-looks-down`,
        severity: 'error',
        from: {path: `^dist/${room}/`},
        to: {path: `^dist/(${others.join('|')})/`},
      })),
    {
      name: 'platform-is-chosen-by-commands',
      comment: 'A new platform is a folder under platforms/ and one under commands/; the library offers it.',
      severity: 'error',
      from: {pathNot: '^dist/(commands|library|platforms/threads|index)'},
      to: {path: '^dist/platforms/threads/'},
    },
    {
      name: 'library-is-for-others',
      comment: 'What commands and the library share lies below both.',
      severity: 'error',
      from: {pathNot: '^dist/(library/|index)'},
      to: {path: '^dist/library/'},
    },
  ],
  options: {doNotFollow: {path: 'node_modules'}},
};
