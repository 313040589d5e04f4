// Preloaded into a command: the keychain fails as on macOS when the user denies access.
import {loadKeytar} from '../../dist/native.js';

loadKeytar().getPassword = async () => {
  throw new Error('User canceled the operation.');
};
