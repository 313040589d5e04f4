import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base-command.js';
import {COMPLETION_SCRIPTS} from '../cli/completion/scripts.js';

type Shell = keyof typeof COMPLETION_SCRIPTS;

export default class Completion extends BaseCommand<typeof Completion> {
  static override summary = 'Print the completion script for your shell';
  static override description =
    'Completes commands, flags, the names of stored credentials and fields. Add the line for your shell to its start-up file, and open a new shell. Completion needs no key and makes no request.';
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
    const shell = this.args.shell as Shell;
    const script = COMPLETION_SCRIPTS[shell];
    this.write(script);
    return {shell, script};
  }
}
