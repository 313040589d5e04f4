import {fork} from 'node:child_process';
import {VaultError} from '../errors.js';
import {bin, variable} from '../name.js';
import {type Key, toKey} from './key.js';
import type {KeyStore} from './keys.js';
import {secretServiceState} from './secret-service.js';

export interface KeychainCall {
  method: 'getPassword' | 'setPassword' | 'deletePassword';
  parameters: string[];
}
export type KeychainReply = {value: string | boolean | null} | {error: string};

export interface KeychainOptions {
  env: NodeJS.ProcessEnv;
  /** Seconds that one call may take, a person typing the password included. */
  timeout: number;
  /** Told once a call has taken a second: there may be a prompt somewhere. */
  onSlow: () => void;
}

/**
 * Keys in the OS keychain: service = the command's name, account = the key's id, so that storing a key
 * never replaces another. The text is base64url; keytar cuts at NUL and mangles bytes.
 * Throws KEYCHAIN_ABSENT, _LOCKED, _TIMEOUT, _DENIED or _FAILED.
 */
export class Keychain implements KeyStore {
  readonly name = 'keychain';

  constructor(private readonly options: KeychainOptions) {}

  async read(id: string): Promise<Key | undefined> {
    const text = await this.call({method: 'getPassword', parameters: [bin, id]});
    if (typeof text === 'string') return toKey(Buffer.from(text, 'base64url'));
    // keytar answers null for a locked collection too: believe "no such key" only of an open one.
    if (process.platform === 'linux' && (await this.state()) !== 'unlocked') throw locked();
    return undefined;
  }

  async write(key: Key): Promise<void> {
    const text = Buffer.from(key.bytes).toString('base64url');
    await this.call({method: 'setPassword', parameters: [bin, key.id, text]});
  }

  async remove(id: string): Promise<void> {
    await this.call({method: 'deletePassword', parameters: [bin, id]});
  }

  private async call(call: KeychainCall): Promise<string | boolean | null> {
    const started = Date.now();
    const slow = setTimeout(this.options.onSlow, 1000);
    try {
      const keytar = await loadKeytar();
      if (process.platform === 'linux') {
        const state = await this.state();
        if (state === 'absent') throw absent('no Secret Service answers on this session’s D-Bus');
        // Unlocked: no prompt can come up, so the call is safe in this process.
        if (state === 'unlocked') {
          const method = keytar[call.method] as (...all: string[]) => Promise<string | boolean | null>;
          return await method(...call.parameters);
        }
      }
      const left = this.options.timeout * 1000 - (Date.now() - started);
      return await callInChild(call, left, this.options.timeout);
    } catch (error) {
      throw error instanceof VaultError ? error : refused((error as Error).message);
    } finally {
      clearTimeout(slow);
    }
  }

  private state() {
    return secretServiceState(this.options.env, Math.min(2, this.options.timeout / 2));
  }
}

async function loadKeytar() {
  try {
    return (await import('keytar')).default;
  } catch {
    throw absent('the keychain library (keytar) is not installed or does not load here');
  }
}

function callInChild(
  call: KeychainCall,
  milliseconds: number,
  timeout: number,
): Promise<string | boolean | null> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./keychain-child.js', import.meta.url), {stdio: 'ignore'});
    const timer = setTimeout(() => {
      reject(timedOut(timeout));
      child.kill('SIGKILL');
    }, milliseconds);
    child.once('error', reject);
    child.once('exit', () => {
      clearTimeout(timer);
      reject(refused('the keychain process ended without an answer'));
    });
    child.once('message', (reply: KeychainReply) => {
      if ('error' in reply) reject(refused(reply.error));
      else resolve(reply.value);
    });
    child.send(call);
  });
}

/** keytar's messages are the system's own words; none holds a secret, but none is shown either. */
function refused(message: string): VaultError {
  if (/locked|interaction is not allowed/i.test(message)) return locked();
  if (/cancel|dismiss|denied|not permitted/i.test(message)) {
    return new VaultError('KEYCHAIN_DENIED', 'The keychain was asked, and access was refused.', [
      'Run the command again and allow the access.',
    ]);
  }
  return new VaultError('KEYCHAIN_FAILED', 'The keychain answered with a failure of its own.', [
    'Check that its own application (Seahorse, KWallet, Keychain Access) opens it.',
  ]);
}

function locked(): VaultError {
  return new VaultError('KEYCHAIN_LOCKED', 'The keychain is locked, so the key cannot be read.', [
    'Unlock it (log in to the desktop, or open Seahorse, KWallet or Keychain Access) and run the command again.',
    'On a server: use the THREADS_* variables, which need no keychain.',
  ]);
}

function timedOut(seconds: number): VaultError {
  return new VaultError('KEYCHAIN_TIMEOUT', `The keychain did not answer within ${seconds} seconds.`, [
    'Look for a password prompt behind other windows, answer it, and run the command again.',
    `More time: ${variable('KEYCHAIN_TIMEOUT')}=120`,
  ]);
}

function absent(reason: string): VaultError {
  return new VaultError('KEYCHAIN_ABSENT', `There is no keychain here: ${reason}.`, [
    `Without one, keep the key in a file: ${variable('KEY_STORE')}=file`,
    'On a server: use the THREADS_* variables, which need no keychain.',
  ]);
}
