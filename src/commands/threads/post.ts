import * as Flags from '@oclif/core/flags';
import {VaultError} from '../../errors.js';
import {ThreadsClient} from '../../platforms/threads/api/client.js';
import {type Content, checkContent, type ReplyControl} from '../../platforms/threads/api/content.js';
import {threads} from '../../platforms/threads/threads.js';
import {PublishCommand, publishFlags} from './shared/publish-command.js';

const image = (number: number) =>
  Flags.string({
    summary: number === 1 ? 'The public address of an image; several make a carousel.' : 'One more.',
    helpValue: 'URL',
  });

export default class Post extends PublishCommand<typeof Post> {
  static override summary = 'Post a text, an image, or a carousel of images.';
  static override description =
    `Prints the post’s web address. Without --text, and without images, the text comes from standard input. Threads fetches images itself, so they must lie on a public server.

Cut off on the way, by Ctrl-C or a time-out, it prints the line with --resume that goes on. Nothing is ever posted twice: where an answer got lost, the tool looks at what there is and does not send it again.`;
  static override examples = [
    {description: 'Post a text', command: '<%= config.bin %> <%= command.id %> --text "Version 2 is out."'},
    {
      description: 'Post the notes of a release',
      command: '<%= config.bin %> <%= command.id %> --link https://example.com/v2 < notes.txt',
    },
    {
      description: 'Post two images',
      command:
        '<%= config.bin %> <%= command.id %> --text Before/after --image-1 https://example.com/a.jpg --alt-text "A red door" --image-2 https://example.com/b.jpg --alt-text "A blue door"',
    },
    {
      description: 'Answer a post',
      command: '<%= config.bin %> <%= command.id %> --reply-to 17900000000000001 --text "Thank you."',
    },
  ];
  static override flags = {
    ...publishFlags,
    'image-1': image(1),
    'image-2': image(2),
    'image-3': image(3),
    'image-4': image(4),
    'alt-text': Flags.string({
      summary: 'What an image shows, for those who do not see it; one for each image, in their order.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TEXT',
    }),
    link: Flags.string({summary: 'The address to show a preview of, below a text.', helpValue: 'URL'}),
    resume: Flags.string({
      summary: 'Go on with a container that was made before, instead of making one.',
      helpValue: 'CONTAINER',
    }),
  };

  async run(): Promise<object> {
    const {identifier, resume, timeout} = this.flags;
    const content = resume === undefined ? await this.content() : this.nothingElse();
    if (content) checkContent(content);
    const resolved = await this.credentials(threads).resolve({
      identifier: identifier,
      scopes: ['threads_content_publish'],
    });
    const client = ThreadsClient.for(resolved.credential);
    return this.publish(client, resolved, timeout, options =>
      content ? client.post(content, options) : client.publish(resume!, options),
    );
  }

  /** A container is what it is. */
  private nothingElse(): undefined {
    const other = Object.keys(this.flags).find(
      name => !['resume', 'identifier', 'timeout', 'json'].includes(name),
    );
    if (other === undefined) return;
    throw new VaultError('USAGE', `--resume goes on with a post as it was given, so --${other} is too late.`);
  }

  private async content(): Promise<Content> {
    const {flags} = this;
    const urls = [flags['image-1'], flags['image-2'], flags['image-3'], flags['image-4']].filter(
      url => url !== undefined,
    );
    const altTexts = flags['alt-text'] ?? [];
    if (altTexts.length > urls.length)
      throw new VaultError(
        'USAGE',
        `There are more --alt-text (${altTexts.length}) than images (${urls.length}).`,
      );
    if (urls.length > 0 && flags.link !== undefined)
      throw new VaultError('USAGE', 'A post shows images or the preview of a link, not both.', [
        'Put the link into the text.',
      ]);

    const text = await this.textToPost(flags.text, urls.length === 0);
    if (text === undefined && urls.length === 0)
      throw new VaultError('USAGE', 'There is nothing to post yet.', [
        'Give a text with --text, `--text -` to type it, or an image with --image-1.',
      ]);
    const common = {
      text,
      replyTo: flags['reply-to'],
      replyControl: flags['reply-control'] as ReplyControl | undefined,
      topic: flags.topic,
      quote: flags.quote,
    };
    const items = urls.map((url, index) => ({type: 'image' as const, url, altText: altTexts[index]}));
    const [first] = items;
    if (!first) return {...common, type: 'text', text: text ?? '', link: flags.link};
    return items.length === 1 ? {...common, ...first} : {...common, type: 'carousel', items};
  }
}
