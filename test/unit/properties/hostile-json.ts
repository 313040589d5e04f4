import fc from 'fast-check';

/** Member names with a special meaning in JavaScript. */
const NAMES = [
  'toString',
  'valueOf',
  '__proto__',
  'constructor',
  'length',
  'then',
  'toJSON',
  'hasOwnProperty',
];

const nested = (open: string, close: string) =>
  fc.constantFrom(10, 1000, 30_000).map(depth => `${open.repeat(depth)}1${close.repeat(depth)}`);

/** The text of a JSON value: ordinary ones, and ones that make a careless reader throw, hang or go wrong. */
export const jsonText: fc.Arbitrary<string> = fc.oneof(
  {weight: 6, arbitrary: fc.json({maxDepth: 3})},
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        'null',
        'true',
        'false',
        '0',
        '-0',
        '-1',
        '1.5',
        '1e3',
        '1e308',
        '1e400',
        '-1e400',
        '9007199254740993',
      ],
      ...['""', '" "', '"0"', '"1e308"', '"Infinity"', '"NaN"', '"__proto__"', '"\\u0000"', '"\\ud800"'],
      ...['[]', '{}', '[[]]', '[null]', '[{}]', '{"":""}', '8640000000001', '8639999999999.9'],
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), fc.json({maxDepth: 1})), {
        minLength: 1,
        maxLength: 3,
        selector: ([name]) => name,
      })
      .map(entries => `{${entries.map(([name, value]) => `"${name}":${value}`).join()}}`),
  },
  {weight: 1, arbitrary: fc.oneof(nested('[', ']'), nested('{"a":', '}'), nested('[{"id":', '}]'))},
  {weight: 1, arbitrary: fc.bigInt({min: 0n, max: 10n ** 40n}).map(String)},
);

/** The text of an object with any subset of these members. */
export function objectText(members: Record<string, fc.Arbitrary<string>>): fc.Arbitrary<string> {
  return fc.record(members, {requiredKeys: []}).map(
    values =>
      `{${Object.entries(values)
        .map(([name, value]) => `"${name}":${value}`)
        .join()}}`,
  );
}
