import * as Flags from '@oclif/core/flags';
import {isToken} from '../../config/variables.js';
import {parseIdentifier} from '../../credential.js';
import {checkRedirectUri, type ExternalLogin} from '../../credentials/login.js';
import {VaultError} from '../../errors.js';
import {codeIn} from '../../oauth/code.js';
import {defaultPlatform} from '../../platforms/index.js';
import type {Platform} from '../../platforms/platform.js';
import {appIdFlag, appSecretFlag, keyStoreFlag, newNameFlag} from '../flags.js';
import {StandardInput} from '../input/stdin.js';
import {maskCredential} from '../output/mask.js';
import {formatTimeLeft} from '../output/times.js';
import {RegistrationCommand} from './registration-command.js';

export const exchangeFlags = (platform: Platform) => ({
  'auth-code': Flags.string({
    summary: 'The authorization code, or the URL that holds it; `-` reads it from standard input.',
    helpValue: 'CODE|URL|-',
    exactlyOne: ['auth-code', 'short-lived-token'],
  }),
  'short-lived-token': Flags.string({
    summary:
      'A token that is valid for an hour; `-` reads it from standard input, where no other user can see it.',
    helpValue: 'TOKEN|-',
  }),
  'redirect-uri': Flags.string({
    summary: `The redirect URI that the code was sent to. Default: ${platform.defaultRedirectUri}.`,
    helpValue: 'URI',
    exclusive: ['short-lived-token'],
  }),
  'app-id': appIdFlag(platform),
  'app-secret': appSecretFlag(platform),
  identifier: newNameFlag,
  'key-store': keyStoreFlag,
});

/** Stores a credential from a code or a short-lived token that a login elsewhere gave. */
export abstract class ExchangeCommand extends RegistrationCommand<typeof ExchangeCommand> {
  static override flags = exchangeFlags(defaultPlatform);

  async run(): Promise<object> {
    const {flags, platform} = this;
    const identifier = flags.identifier === undefined ? undefined : parseIdentifier(flags.identifier);
    const keyStore = await this.keyStoreChoice(flags['key-store']);
    const stored = await this.storedBefore(identifier, keyStore);
    const input = new StandardInput();
    try {
      const app = await this.findApp({appId: flags['app-id'], appSecret: flags['app-secret'], stored, input});
      const externalLogin = await this.externalLogin(input, stored?.redirect_uri);
      const {credential, renamedFrom} = await this.credentials(platform).exchange({
        app,
        externalLogin,
        identifier,
      });
      const {username, user_id, identifier: name} = credential;
      const account = username ? `@${username}` : 'account';
      this.writeLine(`Stored ${account} (${user_id}) as ${name}: ${formatTimeLeft(credential)}.`);
      await this.reportRename(credential, renamedFrom);
      return maskCredential(credential);
    } finally {
      input.close();
    }
  }

  private async externalLogin(
    input: StandardInput,
    storedRedirectUri: string | null | undefined,
  ): Promise<ExternalLogin> {
    const {flags, platform} = this;
    const read = async (given: string) => (given === '-' ? ((await input.firstLine()) ?? '') : given).trim();
    const token = flags['short-lived-token'];
    if (token === undefined) {
      return {
        code: codeIn(await read(flags['auth-code']!)),
        redirectUri: checkRedirectUri(
          flags['redirect-uri'] ?? storedRedirectUri ?? platform.defaultRedirectUri,
        ),
      };
    }
    if (token !== '-') {
      this.warning(
        'The token was given as an argument: other users and the shell history can see it. Use --short-lived-token -.',
      );
    }
    const shortLivedToken = await read(token);
    if (isToken(shortLivedToken)) return {shortLivedToken};
    throw new VaultError('USAGE', '--short-lived-token: that is not a token.', [
      'Write it on the first line of standard input.',
    ]);
  }
}
