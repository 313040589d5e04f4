import * as Flags from '@oclif/core/flags';
import {keyStoreFlag} from '../../cli/base-command.js';
import {CredentialCommand} from '../../cli/credential-command.js';
import {appIdFlag, appSecretFlag, findAppCredentials} from '../../cli/input/app.js';
import {StandardInput} from '../../cli/input/stdin.js';
import {maskCredential} from '../../cli/output/mask.js';
import {stripControlCharacters} from '../../cli/output/table.js';
import {formatTimeLeft} from '../../cli/output/times.js';
import {newNameFlag, reportRename} from '../../cli/stored-credential.js';
import {isToken} from '../../config/variables.js';
import {parseIdentifier} from '../../credential.js';
import {type ExternalLogin, exchange} from '../../credentials/exchange.js';
import {checkRedirectUri} from '../../credentials/login.js';
import {VaultError} from '../../errors.js';
import {codeIn} from '../../oauth/code.js';
import {findService} from '../../platforms/service.js';
import {threads} from '../../platforms/threads/threads.js';

export default class Exchange extends CredentialCommand<typeof Exchange> {
  static override summary =
    'Turn a code or a short-lived token from a login elsewhere into a stored credential.';
  static override description =
    'For logins that happen somewhere else, such as on a site of your own: no browser is opened. The token of 60 days is verified, stored encrypted and read back, as after `threads authorize`. A code works once, within an hour; the redirect URI must be the one that it was sent to, to the letter. Where the app secret is `-` too, it is the first line.';
  static override examples = [
    {
      description: 'An authorization code, or the whole address that the login ended on',
      command:
        "<%= config.bin %> <%= command.id %> --auth-code 'https://example.com/callback?code=AQB…#_' --redirect-uri https://example.com/callback",
    },
    {
      description: 'A short-lived token that a site of yours obtained',
      command: 'cat token.txt | <%= config.bin %> <%= command.id %> --short-lived-token -',
    },
  ];
  static override flags = {
    'auth-code': Flags.string({
      summary: 'The authorization code, or the address that holds it; `-` reads it from standard input.',
      helpValue: 'CODE|URL|-',
      exactlyOne: ['auth-code', 'short-lived-token'],
    }),
    'short-lived-token': Flags.string({
      summary: 'A token that lives an hour; `-` reads it from standard input, which nobody else sees.',
      helpValue: 'TOKEN|-',
    }),
    'redirect-uri': Flags.string({
      summary: `The redirect URI that the code was sent to. By default ${threads.defaultRedirectUri}.`,
      helpValue: 'URI',
      exclusive: ['short-lived-token'],
    }),
    'app-id': appIdFlag,
    'app-secret': appSecretFlag,
    identifier: newNameFlag,
    'key-store': keyStoreFlag,
  };

  async run(): Promise<object> {
    const {flags} = this;
    const identifier = flags.identifier === undefined ? undefined : parseIdentifier(flags.identifier);
    const service = findService(threads, process.env);
    const vault = this.vault(await this.keyStoreChoice(flags['key-store']));
    const stored = await this.storedBefore(threads, identifier);
    const input = new StandardInput();
    try {
      const appFlags = {appId: flags['app-id'], appSecret: flags['app-secret']};
      const app = await findAppCredentials(threads, appFlags, process.env, stored, input, this.warning);
      const obtained = await this.obtained(input, stored?.redirect_uri);
      const request = {app, obtained, ...(identifier !== undefined && {identifier})};
      const outcome = await exchange(threads, service, vault, request, this.warning);
      const {credential} = outcome;
      const account = credential.username ? `@${stripControlCharacters(credential.username)}` : 'account';
      this.write(
        `Stored ${account} (${credential.user_id}) as ${credential.identifier}: ${formatTimeLeft(credential.expires_at)}.\n`,
      );
      await reportRename(this.home, threads, outcome);
      return maskCredential(credential);
    } finally {
      input.close();
    }
  }

  private async obtained(
    input: StandardInput,
    redirectUri: string | null | undefined,
  ): Promise<ExternalLogin> {
    const {flags} = this;
    const read = async (given: string) => (given === '-' ? ((await input.firstLine()) ?? '') : given).trim();
    const token = flags['short-lived-token'];
    if (token === undefined) {
      return {
        code: codeIn(await read(flags['auth-code']!)),
        redirectUri: checkRedirectUri(flags['redirect-uri'] ?? redirectUri ?? threads.defaultRedirectUri),
      };
    }
    if (token !== '-') {
      this.warning(
        'The token was given as an argument: other users and the shell’s history can see it. Use --short-lived-token -.',
      );
    }
    const shortLivedToken = await read(token);
    if (isToken(shortLivedToken)) return {shortLivedToken};
    throw new VaultError('USAGE', 'There is no token there.', [
      'Give it on the first line of standard input.',
    ]);
  }
}
