import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../../cli/base-command.js';
import {FORMATS, type Format} from '../../../cli/output/formats.js';
import {maskCredential} from '../../../cli/output/mask.js';
import {keyValues, stripControlCharacters} from '../../../cli/output/table.js';
import {findStored, nameFlag, platformFlag} from '../../../cli/stored-credential.js';
import type {Credential} from '../../../credential.js';
import {notStored} from '../../../credentials/find.js';
import {VaultError} from '../../../errors.js';

export default class Show extends BaseCommand<typeof Show> {
  static override summary = 'Show one stored credential, or hand it to another program.';
  static override description =
    'Secrets are masked unless asked for: by --field, --reveal, or a --format other than plain. Nothing is refreshed and no request is made.';
  static override examples = [
    {description: 'Look at it', command: '<%= config.bin %> <%= command.id %> --platform threads'},
    {
      description: 'Put it into the secrets of a GitHub repository',
      command: '<%= config.bin %> <%= command.id %> --platform threads --format env | gh secret set -f -',
    },
    {
      description: 'Use it in this shell',
      command: 'eval "$(<%= config.bin %> <%= command.id %> --platform threads --format shell)"',
    },
    {
      description: 'Give it to a container',
      command:
        'docker run --env-file <(<%= config.bin %> <%= command.id %> --platform threads --format docker) IMAGE',
    },
  ];
  static override flags = {
    platform: platformFlag,
    identifier: Flags.string(nameFlag),
    field: Flags.string({
      char: 'f',
      summary: 'Print only this field, as it is: refresh_token, app_id, user_id, expires_at, …',
      exclusive: ['format', 'reveal'],
      helpValue: 'NAME',
    }),
    reveal: Flags.boolean({summary: 'Show the secrets too.'}),
    format: Flags.string({
      summary: 'How to print it: plain for people; the others hold the secrets.',
      description:
        'env: dotenv lines; shell: export lines for eval; github, gitlab: a script that sets the CI’s secrets; docker: for --env-file.',
      options: ['plain', ...Object.keys(FORMATS)],
      default: 'plain',
    }),
  };

  async run(): Promise<object> {
    const {flags} = this;
    const vault = this.vault();
    const ref = await findStored(vault, flags.platform, flags.identifier, () => this.preferences());
    const credential = await vault.read(ref);
    if (!credential) throw notStored({name: ref.platform}, ref.identifier, await vault.names(ref.platform));

    if (flags.field !== undefined) return this.showField(credential, flags.field);
    if (flags.format !== 'plain') {
      this.write(FORMATS[flags.format as Format](credential));
      return credential;
    }
    const shown = flags.reveal ? credential : maskCredential(credential);
    // Not needed for a single field, which scripts ask for.
    const {formatTimeLeft} = await import('../../../cli/output/times.js');
    const timeLeft = formatTimeLeft(shown.expires_at);
    this.write(
      keyValues(Object.entries(shown).map(([name, value]) => [name, inPlain(name, value, timeLeft)])),
    );
    return shown;
  }

  private showField(credential: Credential, field: string): object {
    if (!Object.hasOwn(credential, field)) {
      throw new VaultError('USAGE', 'A credential has no field of that name.', [
        `Fields: ${Object.keys(credential).join(', ')}`,
      ]);
    }
    const value = credential[field as keyof Credential];
    this.write(`${Array.isArray(value) ? value.join(',') : (value ?? '')}\n`);
    return {[field]: value};
  }
}

function inPlain(name: string, value: string | string[] | null, timeLeft: string): string {
  if (value === null) return 'unknown';
  if (name === 'expires_at') return `${value} (${timeLeft})`;
  return stripControlCharacters(Array.isArray(value) ? value.join(', ') : value);
}
