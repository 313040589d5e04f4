/** Skips a suite or a test, saying why, where the machine lacks something; in CI that is a failure. */
export function needs(suite: Mocha.Context, what: string, isThere: boolean): void {
  if (isThere) return;
  if (process.env.CI) throw new Error(`${what} is missing, and CI must run these tests.`);
  console.log(`      skipped: ${what} is missing on this machine`);
  suite.skip();
}
