import * as Flags from '@oclif/core/flags';
import {VaultError} from '../../errors.js';
import {ThreadsClient} from '../../platforms/threads/api/client.js';
import {type Content, checkContent, type ReplyControl} from '../../platforms/threads/api/content.js';
import {threads} from '../../platforms/threads/threads.js';
import {plural} from '../../plural.js';
import {PublishCommand, publishFlags} from './shared/publish-command.js';

const image = (number: number) =>
  Flags.string({
    summary: number === 1 ? 'The public URL of an image; several make a carousel.' : 'Another image.',
    helpValue: 'URL',
  });

export default class Post extends PublishCommand<typeof Post> {
  static override summary = 'Post a text, an image, or a carousel of images';
  static override description =
    `Prints the URL of the post. If neither --text nor an image is given, the text comes from standard input. Threads downloads the images, so they must be on a public server.

After Ctrl-C or a timeout it prints the command with --resume that continues. Nothing is ever posted twice: if an answer was lost, the tool looks up what happened instead of sending the post again.`;
  static override examples = [
    {description: 'Post a text', command: '<%= config.bin %> <%= command.id %> --text "Version 2 is out."'},
    {
      description: 'Post release notes from a file, with a link',
      command: '<%= config.bin %> <%= command.id %> --link https://example.com/v2 < notes.txt',
    },
    {
      description: 'Post two images',
      command:
        '<%= config.bin %> <%= command.id %> --text Before/after --image-1 https://example.com/a.jpg --alt-text "A red door" --image-2 https://example.com/b.jpg --alt-text "A blue door"',
    },
    {
      description: 'Reply to a post',
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
      summary:
        'A description of an image for people who cannot see it; one for each image, in the same order.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TEXT',
    }),
    link: Flags.string({summary: 'The URL to show a preview of below a text.', helpValue: 'URL'}),
    resume: Flags.string({
      summary: 'Continue with the container of an interrupted post instead of creating one.',
      helpValue: 'CONTAINER',
    }),
  };

  async run(): Promise<object> {
    const {identifier, resume, timeout} = this.flags;
    const content = resume === undefined ? await this.content() : this.refuseContent();
    if (content) checkContent(content);
    const {credential, source} = await this.credentials(threads).resolve({
      identifier,
      scopes: ['threads_content_publish'],
    });
    const client = ThreadsClient.for(credential);
    return this.publish({
      client,
      source,
      timeout,
      work: options => (content ? client.post(content, options) : client.publish(resume!, options)),
    });
  }

  /** Throws USAGE if --resume comes with content, since a container cannot change. */
  private refuseContent(): undefined {
    const other = Object.keys(this.flags).find(
      name => !['resume', 'identifier', 'timeout', 'json'].includes(name),
    );
    if (other === undefined) return;
    throw new VaultError('USAGE', `--resume publishes the post as it is, so --${other} cannot change it.`);
  }

  private async content(): Promise<Content> {
    const {flags} = this;
    const urls = [flags['image-1'], flags['image-2'], flags['image-3'], flags['image-4']].filter(
      url => url !== undefined,
    );
    const altTexts = flags['alt-text'] ?? [];
    if (altTexts.length > urls.length)
      throw new VaultError('USAGE', `${altTexts.length} --alt-text but ${plural(urls.length, 'image')}.`);
    if (urls.length > 0 && flags.link !== undefined)
      throw new VaultError('USAGE', 'A post can have images or a link preview, not both.', [
        'Put the link into the text.',
      ]);

    const text = await this.textToPost(flags.text, urls.length === 0);
    if (text === undefined && urls.length === 0)
      throw new VaultError('USAGE', 'There is nothing to post.', [
        'Add a text with --text (`--text -` to type it), or an image with --image-1.',
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
