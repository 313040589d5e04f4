import {VaultError} from '../errors.js';
import {isObject} from '../json.js';
import type {Platform} from '../platforms/platform.js';
import {bin} from '../program.js';
import {type Candidate, parseJson, toCredential} from './candidate.js';

/** The credentials in what `show --format json` prints: one object, or an array of them. Throws USAGE. */
export function readDocument(text: string, source: string, platform: Platform, apiUrl: string): Candidate[] {
  const document = parse(text, source);
  if (!Array.isArray(document)) return [candidate(document, source, platform, apiUrl)];
  return document.map((each, index) => candidate(each, `${source}, number ${index + 1}`, platform, apiUrl));
}

function parse(text: string, source: string): unknown {
  try {
    return parseJson(text.replace(/^\ufeff/, ''));
  } catch {
    throw new VaultError('USAGE', `There is no JSON document in ${source}.`, [
      `Make one by: ${bin} utils tokens show --platform threads --format json`,
    ]);
  }
}

function candidate(value: unknown, source: string, platform: Platform, apiUrl: string): Candidate {
  if (!isObject(value)) return {source, error: new VaultError('USAGE', 'It is not a credential.')};
  if (value.platform !== undefined && value.platform !== platform.name)
    return {source, skipped: `it is not a ${platform.title} credential`};
  try {
    return {source, credential: toCredential(platform.name, value, apiUrl)};
  } catch (error) {
    if (error instanceof VaultError) return {source, error};
    throw error;
  }
}
