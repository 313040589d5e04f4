import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base-command.js';
import {COMPLETION_SCRIPTS} from '../cli/completion/scripts.js';

type Shell = keyof typeof COMPLETION_SCRIPTS;

export default class Completion extends BaseCommand<typeof Completion> {
  static override summary = 'Print what makes your shell complete commands, flags, identifiers and fields.';
  static override description =
    'Put the line for your shell into its start-up file, and open a new shell. Completing reads names only: no key, no request.';
  static override examples = [
    {description: 'In ~/.bashrc', command: 'source <(<%= config.bin %> completion bash)'},
    {description: 'In ~/.zshrc, after compinit', command: 'source <(<%= config.bin %> completion zsh)'},
    {
      description: 'In ~/.config/fish/config.fish',
      command: '<%= config.bin %> completion fish | source',
    },
  ];
  static override args = {
    shell: Args.string({description: 'The shell.', options: Object.keys(COMPLETION_SCRIPTS), required: true}),
  };

  async run(): Promise<object> {
    const {args} = await this.parse(Completion);
    const shell = args.shell as Shell;
    const script = COMPLETION_SCRIPTS[shell];
    this.write(script);
    return {shell, script};
  }
}
