import {readFileSync} from 'node:fs';
import {expect} from 'chai';
import {type ErrorCode, VaultError} from '../../src/errors.js';

/** A parser, and what must hold for every input that it gets. */
export interface Target {
  name: string;
  /** The ends of the paths of the source files whose branches guide the search. */
  files: string[];
  /** Inputs to start from, besides the corpus. */
  seeds: (string | Uint8Array)[];
  /** What the format is made of; the search inserts these. */
  pieces: string[];
  /** Gives the input to the parser. Throws if an invariant does not hold. */
  run(input: Buffer): void | Promise<void>;
}

/** What any JSON is made of. */
export const JSON_SYNTAX = ['{', '}', '[', ']', ',', ':', '"', '\\u0000', 'null', '0', ' '];

/** Bytes. Inputs that are grown by repetition get this large. */
export const GROWN_SIZE = 65_536;
/** Milliseconds of CPU time for one input of at most GROWN_SIZE: several times what the slowest linear target needs. */
const TIME_LIMIT = 1500;

/** Stands for a secret in the inputs. The `~` keeps it from being a valid name, because errors may repeat names. */
export const MARKER = 'TH~fake-secret~0123456789';

const PROTOTYPES = [Object, Array, Function, String, Number, Promise, Map, Set, RegExp, Date, Error, URL].map(
  each => each.prototype as object,
);
const members = () => PROTOTYPES.map(each => Reflect.ownKeys(each).length).join();
const MEMBERS = members();

/** Runs a target with one input, and checks what must hold for every parser: linear time, no changed prototype. */
export async function execute(target: Target, input: Buffer): Promise<void> {
  const start = process.cpuUsage();
  await target.run(input);
  const {user, system} = process.cpuUsage(start);
  const milliseconds = (user + system) / 1000;
  if (milliseconds > TIME_LIMIT)
    throw new Error(`${input.length} bytes took ${Math.round(milliseconds)} ms of CPU time`);
  if (members() !== MEMBERS) throw new Error('the prototype of a built-in class was changed');
}

/**
 * Returns the result of a parser, or undefined after a VaultError with one of these codes. The error must not repeat
 * the marker. Everything else that the parser throws is a finding.
 */
export async function attempt<T>(parse: () => T | Promise<T>, ...codes: ErrorCode[]): Promise<T | undefined> {
  try {
    return await parse();
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    checkError(error, ...codes);
    return undefined;
  }
}

/** Checks that an error has one of these codes and does not repeat the marker. */
export function checkError(error: VaultError, ...codes: ErrorCode[]): void {
  expect(error.code).to.be.oneOf(codes);
  // Not `stack`, whose frames take a hundred times longer to format than all else.
  expect(error.message + JSON.stringify(error)).not.to.contain(MARKER);
  expect(error).not.to.have.property('cause');
}

/** Reads the inputs of a target that are in the repository. Each character is a byte. */
export function readCorpus(name: string): Buffer[] {
  const texts: string[] = JSON.parse(readFileSync(corpusFile(name), 'utf8'));
  return texts.map(text => Buffer.from(text, 'latin1'));
}

export function corpusFile(name: string): URL {
  return new URL(`corpus/${name}.json`, import.meta.url);
}

/** Repeats the part after the start until the whole has GROWN_SIZE. */
export function grow(part: Buffer, start: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([start, Buffer.alloc(GROWN_SIZE - start.length, part.length > 0 ? part : ' ')]);
}
