import {BaseCommand} from '../cli/base-command.js';
import {completionCandidates} from '../cli/completion/candidates.js';
import {CREDENTIAL_FIELDS} from '../credential.js';
import {platformNames} from '../platforms/index.js';

export default class Complete extends BaseCommand<typeof Complete> {
  static override hidden = true;
  static override summary = 'Answer a shell that completes a command line: the words so far, after `--`';
  static override strict = false;

  async run(): Promise<object> {
    const {commands, topics} = this.config;
    const candidates = await completionCandidates(this.argv.slice(1), {
      commands,
      topics,
      platforms: platformNames,
      fields: CREDENTIAL_FIELDS,
      identifiers: platform => this.identifiers(platform),
    });
    this.write(candidates.map(({value, text}) => `${value}\t${text}\n`).join(''));
    return {candidates};
  }

  /** A problem of the store is not reported while the person types. */
  private async identifiers(platform: string | undefined): Promise<string[]> {
    const names = await this.vault()
      .recordNames()
      .catch(() => []);
    return names
      .filter(name => platform === undefined || name.platform === platform)
      .map(({identifier}) => identifier);
  }
}
