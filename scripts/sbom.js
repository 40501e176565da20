import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from './setup.js';

/**
 * What Dyno is made of, as CycloneDX 1.6 on the standard output: `npm run --silent sbom > sbom.json`. From the lock file
 * alone, so that it needs no network and says the same each time. `npm sbom` refuses a tree in which a package of
 * somebody else has a peer that does not fit.
 */
const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
process.stdout.write(`${JSON.stringify(sbomOf(lock), null, 2)}\n`);

function sbomOf({ name, version, packages }) {
  const installed = Object.entries(packages).filter(([path, entry]) => isInstalled(path, entry));
  const components = new Map(installed.map(([path, entry]) => [purlOf(path, entry), [path, entry]]));
  const own = Object.entries(packages).filter(([path, { link }]) => !link && !path.includes('node_modules/'));
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: serialNumber(JSON.stringify(packages)),
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'pre-build' }],
      component: { 'bom-ref': `${name}@${version}`, type: 'application', name, version },
    },
    components: [...components].map(([purl, [path, entry]]) => componentOf(purl, path, entry)),
    dependencies: [
      {
        ref: `${name}@${version}`,
        dependsOn: union(own.map(([path, entry]) => needs(packages, path, entry))),
      },
      ...[...components.keys()].map((purl) => ({
        ref: purl,
        // One version can lie in several places, with other neighbours in each.
        dependsOn: union(
          installed
            .filter(([path, entry]) => purlOf(path, entry) === purl)
            .map(([path, entry]) => needs(packages, path, entry)),
        ),
      })),
    ],
  };
}

function isInstalled(path, { link, version }) {
  return path.includes('node_modules/') && !link && version !== undefined;
}

function componentOf(purl, path, entry) {
  const { version, license, integrity, dev, optional, devOptional } = entry;
  const [scope, name] = splitName(nameOf(path, entry));
  return {
    'bom-ref': purl,
    type: 'library',
    ...(scope ? { group: scope } : {}),
    name,
    version,
    scope: dev ? 'excluded' : optional || devOptional ? 'optional' : 'required',
    ...(integrity ? { hashes: integrity.split(' ').map(hashOf) } : {}),
    ...(license ? { licenses: [licenseOf(license)] } : {}),
    purl,
  };
}

/** The last part of `node_modules/a/node_modules/@b/c`, unless it lies there under another name. */
function nameOf(path, { name }) {
  return name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function splitName(name) {
  return name.startsWith('@') ? name.split('/') : ['', name];
}

function purlOf(path, entry) {
  const [scope, name] = splitName(nameOf(path, entry));
  return `pkg:npm/${scope ? `${encodeURIComponent(scope)}/` : ''}${name}@${entry.version}`;
}

function hashOf(integrity) {
  const [algorithm, base64] = integrity.split('-');
  return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(base64, 'base64').toString('hex') };
}

/** Several licences, or one under conditions, are an expression. */
function licenseOf(license) {
  if (/[ ()]/.test(license)) return { expression: license };
  return { license: /^see license/i.test(license) ? { name: license } : { id: license } };
}

/** As Node looks for them: beside the package, then in each folder above. */
function needs(packages, path, { dependencies = {}, optionalDependencies = {}, devDependencies = {} }) {
  const wanted = path.includes('node_modules/') ? {} : devDependencies;
  return Object.keys({ ...dependencies, ...optionalDependencies, ...wanted }).flatMap((name) => {
    for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
      const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
      const entry = packages[place];
      if (entry !== undefined) return isInstalled(place, entry) ? [purlOf(place, entry)] : [];
      if (folder === '') return [];
    }
  });
}

function union(lists) {
  return [...new Set(lists.flat())].sort();
}

/** The same tree has the same number. */
function serialNumber(text) {
  const hex = createHash('sha256').update(text).digest('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
