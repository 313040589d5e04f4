import * as Flags from '@oclif/core/flags';
import {withoutSecrets} from '../../config/child-environment.js';
import {setDefault} from '../../config/preferences.js';
import {type Credential, parseIdentifier} from '../../credential.js';
import {checkRedirectUri} from '../../credentials/login.js';
import {VaultError} from '../../errors.js';
import {openBrowser} from '../../oauth/browser.js';
import {type RedirectFile, writeRedirectFile} from '../../oauth/redirect-file.js';
import {defaultPlatform} from '../../platforms/index.js';
import type {Platform} from '../../platforms/platform.js';
import {toolVariable} from '../../program.js';
import {appIdFlag, appSecretFlag, keyStoreFlag, newNameFlag} from '../flags.js';
import {isInteractive} from '../input/prompt.js';
import {StandardInput} from '../input/stdin.js';
import {maskCredential} from '../output/mask.js';
import {formatDuration, formatTimeLeft} from '../output/times.js';
import {RegistrationCommand} from './registration-command.js';

export const loginFlags = (platform: Platform) => ({
  'app-id': appIdFlag(platform),
  'app-secret': appSecretFlag(platform),
  identifier: newNameFlag,
  scope: Flags.string({
    summary: `The scopes to ask for, separated by commas: ${platform.scopeHint}.`,
    description: `Default: those granted before, else ${platform.defaultScopes.join(' and ')}.`,
    helpValue: 'LIST',
  }),
  account: Flags.string({
    summary: 'Accept only this account, and store nothing for any other. Default: any.',
    helpValue: 'NAME|ID',
  }),
  'redirect-uri': Flags.string({
    summary: `One of the redirect URIs registered with the app. Default: ${platform.defaultRedirectUri}.`,
    helpValue: 'URI',
  }),
  browser: Flags.boolean({
    summary: 'Open the browser, or do not. Default: only on a terminal.',
    allowNo: true,
  }),
  timeout: Flags.integer({
    summary: 'Seconds to wait for the login.',
    default: 300,
    min: 1,
    max: 86_400,
    helpValue: 'SECONDS',
  }),
  default: Flags.boolean({summary: 'Make it the default credential.'}),
  'key-store': keyStoreFlag,
});

/** Logs in to a platform in the browser and stores the credential. */
export abstract class LoginCommand extends RegistrationCommand<typeof LoginCommand> {
  static override flags = loginFlags(defaultPlatform);

  private redirectFile: RedirectFile | undefined;

  async run(): Promise<object> {
    const {flags, platform} = this;
    const identifier = flags.identifier === undefined ? undefined : parseIdentifier(flags.identifier);
    checkAccount(flags.account);
    const keyStore = await this.keyStoreChoice(flags['key-store']);
    const stored = await this.storedBefore(identifier, keyStore);
    const redirectUri = checkRedirectUri(
      flags['redirect-uri'] ?? stored?.redirect_uri ?? platform.defaultRedirectUri,
    );
    const scopes =
      flags.scope === undefined
        ? (stored?.scopes ?? platform.defaultScopes)
        : platform.parseScopes(flags.scope);

    const input = new StandardInput();
    const app = await this.findApp({appId: flags['app-id'], appSecret: flags['app-secret'], stored, input});
    const browse = flags.browser ?? isInteractive(process.env);
    const {account, timeout} = flags;
    const {credential, renamedFrom} = await this.credentials(platform)
      .login(
        {app, scopes, redirectUri, account, timeout, certificateFolder: this.home.tls, identifier},
        {
          onUrl: (url, listening) => this.invite(url, listening ? redirectUri : undefined, browse),
          onCertificateWarning: () =>
            this.say(
              'Your browser will warn about a self-signed certificate. Choose Advanced, then Proceed to localhost.',
            ),
          onBadPaste: error => this.say(error.message, ...error.suggestions.map(each => `  ${each}`)),
          pasted: input.lines,
        },
      )
      .finally(() => {
        this.redirectFile?.remove();
        process.removeAllListeners('SIGCONT');
        input.close();
      });

    const outcome = this.report(credential, scopes);
    await this.reportRename(credential, renamedFrom);
    if (flags.default) await setDefault(this.home, platform.name, credential.identifier);
    return outcome;
  }

  /** Asks the person to log in. Without `listeningOn`, only a pasted URL can end the login. */
  private invite(url: string, listeningOn: string | undefined, browse: boolean): void {
    this.say(`Open this page, log in to ${this.platform.title} and allow access:`, '');
    this.say(`  ${url}`, '');
    const minutes = formatDuration(this.flags.timeout);
    const explain = () =>
      this.say(
        listeningOn
          ? `Waiting ${minutes} for the answer on ${listeningOn}. If your browser cannot open that page, copy its full address and paste it here.`
          : `Waiting ${minutes}. Paste the full address of the page that the browser ends on here.`,
      );
    process.on('SIGCONT', explain); // After Ctrl-Z and `fg`.
    explain();
    if (!browse) return;
    const command = process.env[toolVariable('BROWSER')] || process.env.BROWSER;
    const redirectFile = async () => {
      this.redirectFile = await writeRedirectFile(url, process.env);
      return this.redirectFile.url;
    };
    openBrowser(url, {env: withoutSecrets(process.env), redirectFile, ...(command && {command})}).then(
      opened => {
        if (!opened) this.say('Could not open a browser. Open the page yourself.');
      },
    );
  }

  private report(credential: Credential, asked: string[]): object {
    const {username, user_id, identifier, scopes} = credential;
    const account = username ? `@${username}` : 'account';
    this.writeLine(`Authorized ${account} (${user_id}) as ${identifier}: ${formatTimeLeft(credential)}.`);
    const refused = scopes ? asked.filter(scope => !scopes.includes(scope)) : [];
    if (refused.length > 0) this.warning(`Not granted: ${refused.join(', ')}.`);
    return {...maskCredential(credential), scopes_not_granted: refused};
  }
}

/** Throws USAGE, before a login whose account could not match. The text is not repeated: it may be a secret. */
function checkAccount(account: string | undefined): void {
  if (account === undefined || (/[\p{L}\p{N}]/u.test(account) && !/\s/.test(account))) return;
  throw new VaultError('USAGE', '--account must be a username or an account id.', [
    'For example: --account @example',
  ]);
}
