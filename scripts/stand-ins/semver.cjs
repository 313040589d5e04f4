// In place of semver, which conf needs only for migrations. None are used; conf would fail loudly.
module.exports = {};
