import * as Flags from '@oclif/core/flags';
import {KEY_STORE_CHOICES} from '../config/key-stores.js';
import {platformVariable} from '../config/variables.js';
import type {Platform} from '../platforms/platform.js';

export const identifierFlag = Flags.string({
  char: 'i',
  summary: 'The stored credential to use.',
  description:
    'Default: the variables of the platform if they hold a token, else the default credential, else the only one stored.',
  helpValue: 'NAME',
});

/** For commands that work on the store only. */
export const storedNameFlag = {
  char: 'i',
  summary: 'The name of the stored credential.',
  helpValue: 'NAME',
} as const;

/** The name that a credential will have. */
export const newNameFlag = Flags.string({
  char: 'i',
  summary: 'The name to store it under. Default: its current name, else the username of the account.',
  helpValue: 'NAME',
});

export const platformFlag = Flags.string({
  char: 'p',
  summary: 'The platform of the credential.',
  required: true,
  helpValue: 'PLATFORM',
});

export const keyStoreFlag = Flags.string({
  summary: 'Where to keep the key, if this command makes the first one. A key in a weaker store is refused.',
  options: [...KEY_STORE_CHOICES],
});

export const appIdFlag = ({appHints}: Platform) =>
  Flags.string({summary: `${appHints.id}.`, helpValue: 'ID'});

export const appSecretFlag = ({appHints}: Platform) =>
  Flags.string({
    summary: `${appHints.secret}; \`-\` reads it from standard input, where no other user can see it.`,
    helpValue: 'SECRET|-',
  });

/** The variable of a `.env` file that holds the token. */
export const tokenVariableFlag = ({name}: Platform) =>
  ({
    summary: 'The variable of the .env file that holds the token.',
    description: `Default: ${platformVariable(name, 'REFRESH_TOKEN')}, or ${platformVariable(name, 'ACCESS_TOKEN')} if the file has only that.`,
    helpValue: 'NAME',
  }) as const;
