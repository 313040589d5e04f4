import {createInterface, type Interface} from 'node:readline';

export interface LineEditorOptions {
  output: NodeJS.WritableStream;
  onInterrupt: () => void;
  /** Shows the prompt again after Ctrl-Z and `fg`. */
  onContinue: () => void;
}

/** Opens readline's line editor on the terminal. It passes Ctrl-C on, and survives Ctrl-Z and `fg`. */
export function openLineEditor({output, onInterrupt, onContinue}: LineEditorOptions): Interface {
  const {stdin} = process;
  const editor = createInterface({input: stdin, output, terminal: true, historySize: 0, prompt: ''});
  editor.on('SIGINT', onInterrupt);
  // Windows has no job control.
  if (process.platform === 'win32') return editor;

  // readline's own handling of Ctrl-Z stops reading for good.
  editor.on('SIGTSTP', () => {
    stdin.setRawMode(false);
    process.kill(0, 'SIGTSTP'); // The whole job, as the terminal would. Returns after `fg`, or at once if nothing can stop us.
    stdin.setRawMode(true);
  });
  const restore = () => {
    // The shell has changed the terminal's mode, which Node does not notice: it only sets a mode that is new to it.
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    editor.resume();
    onContinue();
  };
  process.on('SIGCONT', restore);
  editor.once('close', () => process.off('SIGCONT', restore));
  return editor;
}
