// Takes the place of the package `ajv` in the bundle. conf needs it only for a schema, and we give it none. ajv is large.
export class Ajv2020 {
  constructor() {
    throw new Error('conf was given a schema, but ajv is not in the bundle: see scripts/stand-ins/ajv.js.');
  }
}
export default {};
