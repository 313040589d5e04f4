// Preloaded into a command: the keychain fails as on macOS when the user denies access.
import {createRequire} from 'node:module';

const keytar = createRequire(import.meta.url)('keytar');
keytar.getPassword = async () => {
  throw new Error('User canceled the operation.');
};
