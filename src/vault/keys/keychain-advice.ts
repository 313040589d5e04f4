import {existsSync} from 'node:fs';
import {bin, toolVariable} from '../../program.js';

export type KeychainProblem = 'absent' | 'locked' | 'silent' | 'denied';
type Place = 'macos' | 'windows' | 'container' | 'ssh' | 'kde' | 'gnome' | 'linux';

/** Which desktop, or none, as far as the environment tells. */
function placeOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): Place {
  if (platform === 'darwin') return 'macos';
  if (platform === 'win32') return 'windows';
  const desktop = `${env.XDG_CURRENT_DESKTOP ?? ''}:${env.DESKTOP_SESSION ?? ''}`;
  if (env.SSH_CONNECTION) return 'ssh';
  if (/kde|plasma/i.test(desktop)) return 'kde';
  if (/gnome|unity|cinnamon|xfce|mate|budgie/i.test(desktop)) return 'gnome';
  const isContainer =
    existsSync('/.dockerenv') || existsSync('/run/.containerenv') || Boolean(env.KUBERNETES_SERVICE_HOST);
  return isContainer ? 'container' : 'linux';
}

const OTHERWISE = `keep the key elsewhere: ${toolVariable('KEY_STORE')}=passphrase, or =file`;

const ADVICE: Record<KeychainProblem, Partial<Record<Place, string>> & {linux: string}> = {
  absent: {
    gnome: `Install and start gnome-keyring (and libsecret), or ${OTHERWISE}.`,
    kde: `Switch on KWallet with its Secret Service (System Settings → KDE Wallet), or ${OTHERWISE}.`,
    ssh: `Over ssh there is often no keychain: ${OTHERWISE}.`,
    container: `In a container there is none: ${OTHERWISE}, or use the THREADS_* variables, which need no key.`,
    macos: `Install it again with its optional packages (npm install -g agora-vault), or ${OTHERWISE}.`,
    windows: `Install it again with its optional packages (npm install -g agora-vault), or ${OTHERWISE}.`,
    linux: `Start a Secret Service (gnome-keyring, KWallet, KeePassXC), or ${OTHERWISE}.`,
  },
  locked: {
    gnome: 'Open Passwords and Keys (seahorse), unlock the keyring “Login”, and run the command again.',
    kde: 'Open KWalletManager, open the wallet, and run the command again.',
    ssh: 'Over ssh nobody can answer a prompt. Unlock it: gnome-keyring-daemon --unlock, or log in at the desktop.',
    macos: 'Run: security unlock-keychain',
    windows: 'Log in to Windows as this user, and run the command again.',
    linux: 'Unlock the keychain in its own application, and run the command again.',
  },
  silent: {
    ssh: 'A password prompt may be open on the machine’s own screen. Answer it there, or log in there first.',
    macos: `A password prompt may be behind other windows. More time: ${toolVariable('KEYCHAIN_TIMEOUT')}=120`,
    linux: `A password prompt may be behind other windows. Answer it; more time: ${toolVariable('KEYCHAIN_TIMEOUT')}=120`,
  },
  denied: {
    macos: `Run the command again and choose “Always Allow”; in Keychain Access the entry is named “${bin}”.`,
    linux: 'Run the command again and allow the access.',
  },
};

/** The next step in one line, for where this runs. */
export function keychainAdvice(
  problem: KeychainProblem,
  env: NodeJS.ProcessEnv,
  platform?: NodeJS.Platform,
): string {
  const advice = ADVICE[problem];
  return advice[placeOf(env, platform)] ?? advice.linux;
}
