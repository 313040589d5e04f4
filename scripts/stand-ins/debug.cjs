// Takes the place of the package `debug` in the bundle, because what DEBUG makes oclif print may hold a secret.
module.exports = () => Object.assign(() => {}, {enabled: false});
