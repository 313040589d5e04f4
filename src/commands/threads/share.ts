import * as Flags from '@oclif/core/flags';
import {CredentialCommand} from '../../cli/credential-command.js';
import {identifierFlag} from '../../cli/flags.js';
import {ThreadsClient} from '../../platforms/threads/api/client.js';
import {checkId} from '../../platforms/threads/api/content.js';
import {threads} from '../../platforms/threads/threads.js';
import {postIdFlag} from './shared/post-id-flag.js';

export default class Share extends CredentialCommand<typeof Share> {
  static override summary = 'Share (repost) a post on the profile of the account';
  static override description =
    'Prints the URL of the repost. The id is the number that was printed when the post was published, not the end of its URL. Needs the permission threads_content_publish.';
  static override examples = [
    {
      description: 'Share a post',
      command: '<%= config.bin %> <%= command.id %> --post-id 17900000000000001',
    },
  ];
  static override flags = {
    identifier: identifierFlag,
    'post-id': Flags.string({...postIdFlag, required: true}),
  };

  async run(): Promise<object> {
    const post_id = checkId(this.flags['post-id']);
    const {credential} = await this.credentials(threads).resolve({
      identifier: this.flags.identifier,
      scopes: ['threads_content_publish'],
    });
    const {id, permalink} = await ThreadsClient.for(credential).repost(post_id);
    this.say(`Shared ${post_id} as ${id}.`);
    if (permalink) this.writeLine(permalink);
    return {id, permalink, post_id};
  }
}
