import {BaseCommand} from '../cli/base-command.js';
import {completionCandidates} from '../cli/completion/candidates.js';
import {CREDENTIAL_FIELDS} from '../credential.js';
import {FileStore} from '../vault/records/file-store.js';

export default class Complete extends BaseCommand<typeof Complete> {
  static override hidden = true;
  static override summary = 'Answer a shell that completes a command line: the words so far, after `--`.';
  static override strict = false;

  async run(): Promise<object> {
    const {commands, topics} = this.config;
    const candidates = await completionCandidates(this.argv.slice(1), {
      commands,
      topics,
      fields: CREDENTIAL_FIELDS,
      identifiers: platform => this.identifiers(platform),
    });
    this.write(candidates.map(({value, text}) => `${value}\t${text}\n`).join(''));
    return {candidates};
  }

  /** Whatever is wrong with the store, this is not the moment to say it. */
  private async identifiers(platform: string | undefined): Promise<string[]> {
    const stored = await new FileStore(this.home.tokens).list().catch(() => []);
    return stored
      .filter(ref => platform === undefined || ref.platform === platform)
      .map(ref => ref.identifier);
  }
}
