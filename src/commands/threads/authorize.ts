import * as Flags from '@oclif/core/flags';
import {keyStoreFlag} from '../../cli/base-command.js';
import {CredentialCommand} from '../../cli/credential-command.js';
import {appIdFlag, appSecretFlag, findAppCredentials} from '../../cli/input/app.js';
import {isInteractive} from '../../cli/input/prompt.js';
import {StandardInput} from '../../cli/input/stdin.js';
import {maskCredential} from '../../cli/output/mask.js';
import {formatDuration, formatTimeLeft} from '../../cli/output/times.js';
import {newNameFlag, reportRename} from '../../cli/stored-credential.js';
import {withoutSecrets} from '../../config/child-environment.js';
import {setDefault} from '../../config/preferences.js';
import {type Credential, parseIdentifier} from '../../credential.js';
import {checkRedirectUri, login} from '../../credentials/login.js';
import {openBrowser} from '../../oauth/browser.js';
import {findService} from '../../platforms/service.js';
import {threads} from '../../platforms/threads/threads.js';
import {toolVariable} from '../../program.js';

export default class Authorize extends CredentialCommand<typeof Authorize> {
  static override summary = 'Log in once in the browser and keep the credential, encrypted.';
  static override description =
    `Opens the login of Threads, takes the answer on the redirect URI (or from a redirected address that you paste), exchanges it for a token of 60 days and stores that. Later commands refresh it by themselves.

The app id and secret come from the flags, from THREADS_APP_ID and THREADS_APP_SECRET, from the credential stored before, or you are asked for them. docs/meta-setup.md tells how to get them.`;

  static override examples = [
    {description: 'Log in', command: '<%= config.bin %> <%= command.id %> --app-id 1234567890'},
    {
      description: 'Give the secret without it being seen',
      command:
        'pass show threads-app | <%= config.bin %> <%= command.id %> --app-id 1234567890 --app-secret - --browser',
    },
    {
      description: 'On a machine without a browser: open the address elsewhere, paste the one it ends on',
      command: '<%= config.bin %> <%= command.id %> --no-browser',
    },
    {
      description: 'Log in again with more permissions',
      command: '<%= config.bin %> <%= command.id %> --scope all',
    },
  ];

  static override flags = {
    'app-id': appIdFlag,
    'app-secret': appSecretFlag,
    identifier: newNameFlag,
    scope: Flags.string({
      summary:
        'The permissions to ask for, by commas: `all`, basic, publish, read_replies, manage_replies, insights, or Meta’s names.',
      description: 'By default those granted before, else basic and publish.',
      helpValue: 'LIST',
    }),
    'redirect-uri': Flags.string({
      summary: `One of the app’s registered redirect URIs. By default ${threads.defaultRedirectUri}.`,
      helpValue: 'URI',
    }),
    browser: Flags.boolean({
      summary: 'Open the browser, or do not. By default only where a person sits at a terminal.',
      allowNo: true,
    }),
    timeout: Flags.integer({
      summary: 'Seconds to wait for the login.',
      default: 300,
      min: 1,
      max: 86_400,
      helpValue: 'SECONDS',
    }),
    default: Flags.boolean({summary: 'Make it the credential that commands use unless told otherwise.'}),
    'key-store': keyStoreFlag,
  };

  async run(): Promise<object> {
    const {flags} = this;
    const identifier = flags.identifier === undefined ? undefined : parseIdentifier(flags.identifier);
    const service = findService(threads, process.env);
    const vault = this.vault(await this.keyStoreChoice(flags['key-store']));
    const stored = await this.storedBefore(threads, identifier);
    const redirectUri = checkRedirectUri(
      flags['redirect-uri'] ?? stored?.redirect_uri ?? threads.defaultRedirectUri,
    );
    const scopes =
      flags.scope === undefined
        ? (stored?.scopes ?? threads.defaultScopes)
        : threads.parseScopes(flags.scope);

    const input = new StandardInput();
    const appFlags = {appId: flags['app-id'], appSecret: flags['app-secret']};
    const app = await findAppCredentials(threads, appFlags, process.env, stored, input, this.warning);
    const browse = flags.browser ?? isInteractive(process.env);

    const authorized = await login(
      threads,
      service,
      vault,
      this.home.tls,
      {app, scopes, redirectUri, timeout: flags.timeout, ...(identifier !== undefined && {identifier})},
      {
        onUrl: (url, listening) => this.invite(url, listening, redirectUri, browse),
        onCertificateWarning: () =>
          this.say(
            'The browser warns of the certificate, which this command made itself: Advanced → Proceed to localhost.',
          ),
        onBadPaste: error => this.say([error.message, ...error.suggestions].join('\n  ')),
        warn: this.warning,
        pasted: input.lines,
      },
    ).finally(() => input.close());

    const {credential} = authorized;
    const outcome = this.report(credential, scopes);
    await reportRename(this.home, threads, authorized);
    if (flags.default) await setDefault(this.home, threads.name, credential.identifier);
    return outcome;
  }

  private invite(url: string, listening: boolean, redirectUri: string, browse: boolean): void {
    this.say('Log in to Threads and allow the access at this address:\n');
    this.say(`  ${url}\n`);
    const minutes = formatDuration(this.flags.timeout);
    this.say(
      listening
        ? `Waiting ${minutes} for the answer on ${redirectUri}. Does the browser not get there? Paste the address it ends on here.`
        : `Waiting ${minutes}. Paste the address that the browser ends on here.`,
    );
    if (!browse) return;
    const command = process.env[toolVariable('BROWSER')] || process.env.BROWSER;
    openBrowser(url, {env: withoutSecrets(process.env), ...(command && {command})}).then(opened => {
      if (!opened) this.say('No browser could be opened here: open the address yourself.');
    });
  }

  private report(credential: Credential, asked: string[]): object {
    const {username, user_id, identifier, scopes, expires_at} = credential;
    this.write(
      `Authorized ${username ? `@${username}` : 'account'} (${user_id}) as ${identifier}: ${formatTimeLeft(expires_at)}.\n`,
    );
    const refused = scopes ? asked.filter(scope => !scopes.includes(scope)) : [];
    if (refused.length > 0) this.warning(`Not granted: ${refused.join(', ')}.`);
    return {...maskCredential(credential), scopes_not_granted: refused};
  }
}
