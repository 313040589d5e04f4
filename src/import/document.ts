import {VaultError} from '../errors.js';
import {isObject} from '../json.js';
import {bin} from '../program.js';
import {type Candidate, type ImportSource, parseJson, toCredential} from './candidate.js';

/** Reads the credentials in what `show --format json` prints: one object, or an array of them. Throws USAGE. */
export function readDocument(document: ImportSource): Candidate[] {
  const value = parseDocument(document);
  if (!Array.isArray(value)) return [candidate(value, document)];
  return value.map((each, index) =>
    candidate(each, {...document, source: `${document.source}, number ${index + 1}`}),
  );
}

function parseDocument({text, source, platform}: ImportSource): unknown {
  try {
    return parseJson(text.replace(/^\ufeff/, ''));
  } catch {
    throw new VaultError('USAGE', `${source} is not a JSON document.`, [
      `Make one with: ${bin} utils tokens show --platform ${platform.name} --format json`,
    ]);
  }
}

function candidate(value: unknown, {source, platform, apiUrl}: ImportSource): Candidate {
  if (!isObject(value)) return {source, error: new VaultError('USAGE', 'It is not a credential.')};
  if (value.platform !== undefined && value.platform !== platform.name)
    return {source, skipped: `it is not a ${platform.title} credential`};
  try {
    return {source, credential: toCredential(platform, value, apiUrl)};
  } catch (error) {
    if (error instanceof VaultError) return {source, error};
    throw error;
  }
}
