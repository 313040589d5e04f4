import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../../cli/base-command.js';
import {platformFlag, storedNameFlag} from '../../../cli/flags.js';
import {FORMATS, type Format} from '../../../cli/output/formats.js';
import {maskCredential} from '../../../cli/output/mask.js';
import {keyValues} from '../../../cli/output/table.js';
import {findStored} from '../../../cli/stored-credential.js';
import type {Credential} from '../../../credential.js';
import {notStored} from '../../../credentials/find.js';
import {VaultError} from '../../../errors.js';
import {defaultPlatform, findPlatform, platformNames} from '../../../platforms/index.js';
import {describeApi} from '../../../platforms/service.js';

const PLATFORM = `--platform ${defaultPlatform.name}`;

export default class Show extends BaseCommand<typeof Show> {
  static override summary = 'Show a stored credential, or print it for another program';
  static override description =
    'Secrets are masked unless you ask for them with --field, --reveal, or a --format other than plain. Refreshes nothing and makes no request.';
  static override examples = [
    {description: 'Show it', command: `<%= config.bin %> <%= command.id %> ${PLATFORM}`},
    {
      description: 'Store it in the secrets of a GitHub repository',
      command: `<%= config.bin %> <%= command.id %> ${PLATFORM} --format env | gh secret set -f -`,
    },
    {
      description: 'Use it in this shell',
      command: `eval "$(<%= config.bin %> <%= command.id %> ${PLATFORM} --format shell)"`,
    },
    {
      description: 'Pass it to a container',
      command: `docker run --env-file <(<%= config.bin %> <%= command.id %> ${PLATFORM} --format docker) IMAGE`,
    },
  ];
  static override flags = {
    platform: platformFlag,
    identifier: Flags.string(storedNameFlag),
    field: Flags.string({
      char: 'f',
      summary: 'Print only this field, unmasked: refresh_token, app_id, user_id, expires_at, ...',
      exclusive: ['format', 'reveal'],
      helpValue: 'NAME',
    }),
    reveal: Flags.boolean({summary: 'Show the secrets too.'}),
    format: Flags.string({
      summary: 'How to print it: plain for people; all others show the secrets.',
      description:
        'env: dotenv lines; shell: export lines for eval; github, gitlab: a script that sets the secrets of the CI; docker: for --env-file.',
      options: ['plain', ...Object.keys(FORMATS)],
      default: 'plain',
    }),
  };

  async run(): Promise<object> {
    const {flags} = this;
    const vault = this.vault();
    const name = await findStored(vault, flags, () => this.preferences());
    const credential = await vault.read(name);
    if (!credential) throw notStored(name.platform, name.identifier, await vault.names(name.platform));

    if (flags.field !== undefined) return this.showField(credential, flags.field);
    if (flags.format !== 'plain') {
      this.write(FORMATS[flags.format as Format](credential));
      return credential;
    }
    const shown = flags.reveal ? credential : maskCredential(credential);
    // Loaded only here: a single field, which scripts ask for, needs no luxon.
    const {formatTimeLeft} = await import('../../../cli/output/times.js');
    const timeLeft = formatTimeLeft(shown);
    const rows = Object.entries(shown).filter(([field, value]) => value !== null || !isOptional(field));
    this.write(
      keyValues(
        rows.map(([field, value]) => [
          field,
          formatField(field, value, {platform: shown.platform, timeLeft}),
        ]),
      ),
    );
    return shown;
  }

  private showField(credential: Credential, field: string): object {
    if (!Object.hasOwn(credential, field)) {
      throw new VaultError('USAGE', '--field: unknown credential field.', [
        `Fields: ${Object.keys(credential).join(', ')}`,
      ]);
    }
    const value = credential[field as keyof Credential];
    this.write(`${Array.isArray(value) ? value.join(',') : (value ?? '')}\n`);
    return {[field]: value};
  }
}

/** Only platforms with two tokens have these; for others they would only be noise. */
const isOptional = (field: string) => field === 'access_token' || field === 'access_expires_at';

function formatField(
  name: string,
  value: string | string[] | null,
  {platform, timeLeft}: {platform: string; timeLeft: string},
): string {
  if (value === null) return 'unknown';
  if (name === 'expires_at') return `${value} (${timeLeft})`;
  const text = Array.isArray(value) ? value.join(', ') : value;
  return name === 'api_url' && platformNames.includes(platform)
    ? describeApi(findPlatform(platform), text)
    : text;
}
