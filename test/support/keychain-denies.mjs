// Preloaded into a command: the keychain answers as macOS does when the person refuses the access.
import {createRequire} from 'node:module';

const keytar = createRequire(import.meta.url)('keytar');
keytar.getPassword = async () => {
  throw new Error('User canceled the operation.');
};
