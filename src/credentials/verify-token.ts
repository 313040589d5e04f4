import {accessTokenOf, type Credential} from '../credential.js';
import type {Account, TokenFacts} from '../platforms/platform.js';
import {warnAboutClock} from './clock-warning.js';
import type {CredentialsContext} from './context.js';
import {isTokenInvalid, tokenRevoked} from './token-errors.js';

/**
 * Asks the service whose token it is and what it may do, and fills the credential with the answers. What the
 * service does not tell stays as it was. A lookup of the account that fails is only a warning when the
 * credential already knows its account: a token that was just issued must not be lost.
 * Throws CREDENTIAL_REVOKED for an invalid token, and what the service answers when the account is unknown.
 */
export async function verifyToken(
  {platform, warn}: Pick<CredentialsContext, 'platform' | 'warn'>,
  credential: Credential,
): Promise<Credential> {
  const {api_url, user_id, username} = credential;
  const token = accessTokenOf(credential);
  const account = await platform.account(api_url, token).catch((error): Account => {
    if (isTokenInvalid(error) || !user_id) throw error;
    warn('Could not look up the name of the account; the credential is named by its number.');
    return {user_id, username, name: null};
  });
  const facts: Partial<TokenFacts> =
    (await platform.inspect?.(api_url, token).catch(error => {
      if (isTokenInvalid(error)) throw error;
      warn('Could not look up which scopes were granted.');
      return {};
    })) ?? {};
  if (facts.is_valid === false) throw tokenRevoked(platform);
  await warnAboutClock({platform, warn}, facts.service_time);
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
