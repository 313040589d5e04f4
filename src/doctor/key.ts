import {isWeaker, type KeyStoreChoice, requiredKeyStore} from '../config/key-stores.js';
import {VaultError} from '../errors.js';
import {loadKeytar} from '../native.js';
import {bin, toolVariable} from '../program.js';
import {keychainAdvice} from '../vault/keys/keychain-advice.js';
import {openKeys} from '../vault/keys/open.js';
import {secretServiceState} from '../vault/keys/secret-service.js';
import {VaultFile} from '../vault/keys/vault-file.js';
import {type DoctorContext, note, ok, type Remark, warning} from './finding.js';

/** In seconds: how long the keychain may take to report its state. */
const STATE_TIMEOUT = 2;

const UNUSABLE = {
  absent: ['KEYCHAIN_ABSENT', 'There is no keychain here.', 'absent'],
  locked: ['KEYCHAIN_LOCKED', 'The keychain is locked.', 'locked'],
  unclear: ['KEYCHAIN_TIMEOUT', 'The keychain does not respond.', 'silent'],
} as const;

/** Checks that the key named in vault.json exists and fits. Reads it only where that cannot open a prompt. */
export async function* checkKey(context: DoctorContext): AsyncGenerator<Remark> {
  const {env, home, keyStore, passphrases, vault} = context;
  const {key, previous} = await new VaultFile(home.vaultFile).read();
  if (!key && (await vault.recordNames()).length === 0) return yield* checkFirstKey(context);

  if (key?.store === 'keychain') {
    if (process.platform !== 'linux') {
      return yield note('The key is in the OS keychain. It was not read, since that may open a prompt.');
    }
    const state = await secretServiceState(env, STATE_TIMEOUT);
    if (state === 'locked' || state === 'unclear') throw unusable(state, env);
  }
  const required = whatIsRequired(env);
  const keys = openKeys({
    home,
    env,
    passphrases,
    keyStore: required,
    keychainTimeout: STATE_TIMEOUT,
    warn: () => {},
  });
  const isReadable = key?.store !== 'passphrase' || (await passphrases.known()).length > 0;
  if (isReadable) {
    await keys.current();
    yield ok(`Key found (${key!.store}).`);
  } else {
    yield note(
      `The key needs a passphrase: commands ask for it on a terminal, or read ${toolVariable('VAULT_PASSPHRASE')}.`,
    );
  }
  if (isReadable || !previous) await keys.check();
  if (previous) {
    yield warning(
      'A key rotation was interrupted. Both keys are kept.',
      ...(isReadable ? [`Continue it: ${bin} utils vault rotate-key`] : []),
    );
  }
  if (key!.store === 'file' && required !== 'file' && (await keychainState(env)) === 'unlocked') {
    yield warning(
      'The key is in a file next to the records, although there is a keychain.',
      `Move the key: ${bin} utils vault rotate-key --to keychain`,
    );
  }
  const wanted = await keyStore().catch(() => 'auto' as const);
  if (wanted !== 'auto' && isWeaker(key!.store, wanted)) {
    yield note(
      `The key store is set to ${wanted}, but that applies only to a first key.`,
      `Move the key: ${bin} utils vault rotate-key --to ${wanted}`,
    );
  }
}

/** The variable's choice; what is wrong with it is reported with the settings. */
function whatIsRequired(env: NodeJS.ProcessEnv): KeyStoreChoice {
  try {
    return requiredKeyStore(env);
  } catch {
    return 'auto';
  }
}

/** Says where the first login would put the key. Throws what would make that fail. */
async function* checkFirstKey({env, keyStore}: DoctorContext): AsyncGenerator<Remark> {
  const choice = await keyStore();
  if (choice === 'file' || choice === 'passphrase') {
    return yield note(`No key yet: the first login creates one (${choice}).`);
  }
  const state = await keychainState(env);
  if (state === 'unlocked') return yield note('No key yet: the first login puts one into the OS keychain.');
  if (state !== 'absent' || choice === 'keychain') throw unusable(state, env);
  yield note(
    'No key yet, and no keychain: the first login would create a key file.',
    keychainAdvice('absent', env),
  );
}

/** Only the Secret Service reports its state; elsewhere a library that loads has to do. */
async function keychainState(env: NodeJS.ProcessEnv) {
  try {
    loadKeytar();
  } catch (error) {
    if (error instanceof VaultError) throw error;
    return 'absent';
  }
  return process.platform === 'linux' ? secretServiceState(env, STATE_TIMEOUT) : 'unlocked';
}

function unusable(state: keyof typeof UNUSABLE, env: NodeJS.ProcessEnv): VaultError {
  const [code, message, problem] = UNUSABLE[state];
  return new VaultError(code, message, [keychainAdvice(problem, env)]);
}
