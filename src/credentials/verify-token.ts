import type {Credential} from '../credential.js';
import type {Account, Platform, TokenFacts} from '../platforms/platform.js';
import {isTokenInvalid, tokenRevoked} from './token-errors.js';

/**
 * Asks the service whose token this is and what it may do, and completes the credential with the answers;
 * where there is none, what it held stays. Whose it is may be left open with a warning only where the
 * credential knows its account: a token that was just bought must not be lost.
 * Throws what the service says of a dead token, and what it answers when nobody knows the account.
 */
export async function verifyToken(
  platform: Platform,
  credential: Credential,
  warn: (message: string) => void,
): Promise<Credential> {
  const {api_url, refresh_token, user_id, username} = credential;
  const account = await platform.account(api_url, refresh_token).catch((error): Account => {
    if (isTokenInvalid(error) || !user_id) throw error;
    warn('The account’s name could not be looked up; the credential is named by its number.');
    return {user_id, username, name: null};
  });
  const facts = await platform.inspect(api_url, refresh_token).catch((error): Partial<TokenFacts> => {
    if (isTokenInvalid(error)) throw error;
    warn('Which scopes were granted could not be looked up.');
    return {};
  });
  if (facts.is_valid === false) throw tokenRevoked(platform);
  return {
    ...credential,
    app_id: credential.app_id ?? facts.app_id ?? null,
    user_id: account.user_id,
    username: account.username,
    scopes: facts.scopes ?? credential.scopes,
    issued_at: facts.issued_at ?? credential.issued_at,
    expires_at: facts.expires_at ?? credential.expires_at,
    data_access_expires_at: facts.data_access_expires_at ?? credential.data_access_expires_at,
  };
}
