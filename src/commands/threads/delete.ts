import * as Flags from '@oclif/core/flags';
import {CredentialCommand} from '../../cli/credential-command.js';
import {identifierFlag} from '../../cli/flags.js';
import {confirm, isInteractive} from '../../cli/input/prompt.js';
import {VaultError} from '../../errors.js';
import {ThreadsClient} from '../../platforms/threads/api/client.js';
import {checkId} from '../../platforms/threads/api/content.js';
import {threads} from '../../platforms/threads/threads.js';
import {postIdFlag} from './shared/post-id-flag.js';

export default class Delete extends CredentialCommand<typeof Delete> {
  static override summary = 'Delete a post of the account for good';
  static override description =
    'Needs the permission threads_delete. Threads allows 100 deletions within 24 hours.';
  static override examples = [
    {
      description: 'Delete a post without confirmation',
      command: '<%= config.bin %> <%= command.id %> --post-id 17900000000000001 --yes',
    },
  ];
  static override flags = {
    identifier: identifierFlag,
    'post-id': Flags.string({...postIdFlag, required: true}),
    yes: Flags.boolean({char: 'y', summary: 'Do not ask for confirmation.'}),
  };

  async run(): Promise<object> {
    const post_id = checkId(this.flags['post-id']);
    if (!this.flags.yes && !isInteractive(process.env))
      throw new VaultError('USAGE', 'Not deleted: confirmation needs a terminal.', ['Add --yes.']);
    const {credential} = await this.credentials(threads).resolve({
      identifier: this.flags.identifier,
      scopes: ['threads_delete'],
    });
    if (!this.flags.yes && !(await confirm(`Delete post ${post_id} for good?`))) {
      this.say('Nothing was deleted.');
      return {deleted: false, post_id};
    }
    await ThreadsClient.for(credential).delete(post_id);
    this.writeLine(`Deleted post ${post_id}.`);
    return {deleted: true, post_id};
  }
}
