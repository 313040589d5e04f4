// mocha's spec reporter, and at the end the one plain line that any CI can read.
const {reporters} = require('mocha');

module.exports = class Reporter extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const {passes, failures, pending} = this.stats;
    console.log(`${passes} passed, ${failures} failed${pending ? `, ${pending} skipped` : ''}`);
  }
};
