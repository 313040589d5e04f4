import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {packageFolders} from './licenses.js';

/**
 * Returns the software bill of materials (CycloneDX, JSON): the packages that the input files of the bundle belong to, and
 * the dependencies that npm installs. `npm sbom` makes it from package-lock.json; what differs between runs, machines and
 * registries is removed.
 */
export function sbom(root, inputs) {
  const read = path => JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
  const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
  const document = JSON.parse(
    execFileSync('npm', args, {cwd: root, encoding: 'utf8', shell: process.platform === 'win32'}),
  );
  const {name, dependencies, optionalDependencies} = read('.');
  const {components, metadata} = document;
  const edges = new Map(document.dependencies.map(({ref, dependsOn}) => [ref, dependsOn]));
  const own = metadata.component['bom-ref'];
  const declared = {...dependencies, ...optionalDependencies};
  const isDeclared = component => declared[component.name]?.split('@').at(-1) === component.version;
  const direct = components.filter(isDeclared).map(component => component['bom-ref']);
  edges.set(own, direct);

  const installed = reachable([own], edges);
  const bundled = new Set(
    packageFolders(inputs).map(folder => {
      const {name: packageName, version} = read(folder);
      return `${packageName}@${version}`;
    }),
  );
  const known = new Set(components.map(component => component['bom-ref']));
  const unknown = [...bundled].filter(ref => !known.has(ref));
  if (unknown.length > 0) throw new Error(`Not in package-lock.json, but bundled: ${unknown.join(', ')}`);
  const isListed = ref => installed.has(ref) || bundled.has(ref);
  return {
    $schema: document.$schema,
    bomFormat: document.bomFormat,
    specVersion: document.specVersion,
    version: 1,
    metadata: {component: {...metadata.component, name, externalReferences: undefined}},
    components: components
      .filter(component => isListed(component['bom-ref']))
      .map(component => ({
        ...component,
        scope: component.name in (optionalDependencies ?? {}) ? 'optional' : 'required',
        properties: [{name: `${name}:bundled`, value: String(bundled.has(component['bom-ref']))}],
        externalReferences: undefined,
      })),
    dependencies: [...edges]
      .filter(([ref]) => isListed(ref))
      .map(([ref, dependsOn]) => ({ref, dependsOn: dependsOn.filter(isListed)})),
  };
}

function reachable(refs, edges, found = new Set()) {
  for (const ref of refs) {
    if (found.has(ref)) continue;
    found.add(ref);
    reachable(edges.get(ref) ?? [], edges, found);
  }
  return found;
}
