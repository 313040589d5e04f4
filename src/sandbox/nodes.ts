import {graphError, json} from './answers.js';
import {authenticate, type Endpoint, required} from './service.js';

/** The token's account: `id` and whatever `fields` asks for. Empty fields are left out. */
export const me: Endpoint = (request, service) => {
  const {account} = authenticate(request, service, 'threads_basic');
  const profile: Record<string, unknown> = {
    id: account.user_id,
    username: account.username,
    name: account.name,
    threads_profile_picture_url: undefined,
    threads_biography: undefined,
    is_verified: false,
  };
  const fields = request.query.get('fields')?.split(',') ?? [];
  const unknown = fields.find(field => !Object.hasOwn(profile, field));
  if (unknown !== undefined) throw graphError(100, `Tried accessing nonexisting field (${unknown})`);
  return json(Object.fromEntries(['id', ...fields].map(field => [field, profile[field]])));
};

/** What is known about `input_token`, asked with any living token or the app's own. Times in unix seconds. */
export const debugToken: Endpoint = ({query}, {appId, appSecret, tokens}) => {
  const accessToken = required(query, 'access_token');
  if (accessToken !== `TH|${appId}|${appSecret}`) tokens.living(accessToken);

  const token = tokens.find(required(query, 'input_token'));
  if (!token) return json({data: {is_valid: false, scopes: []}});
  return json({
    data: {
      type: 'USER',
      application: 'Sandbox app',
      user_id: token.account.user_id,
      scopes: token.scopes,
      is_valid: tokens.problemWith(token) === undefined,
      issued_at: unixSeconds(token.issuedAt),
      expires_at: token.expiresAt ? unixSeconds(token.expiresAt) : 0,
      data_access_expires_at: unixSeconds(token.dataAccessExpiresAt),
    },
  });
};

function unixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
