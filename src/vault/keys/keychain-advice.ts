import {existsSync} from 'node:fs';
import {bin, toolVariable} from '../../program.js';

export type KeychainProblem = 'absent' | 'locked' | 'silent' | 'denied';
type Place = 'macos' | 'windows' | 'container' | 'ssh' | 'kde' | 'gnome' | 'linux';

/** Detects the operating system, the desktop, or the lack of one. */
function detectPlace(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): Place {
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

const OTHER_STORE = `set ${toolVariable('KEY_STORE')} to passphrase or file`;
const TIMEOUT = `${toolVariable('KEYCHAIN_TIMEOUT')}=120`;
const REINSTALL = `Reinstall with optional packages (npm install -g agora-vault --include=optional), or ${OTHER_STORE}.`;

const ADVICE: Record<KeychainProblem, Partial<Record<Place, string>> & {linux: string}> = {
  absent: {
    gnome: `Install and start gnome-keyring (and libsecret), or ${OTHER_STORE}.`,
    kde: `Enable KWallet and its Secret Service (System Settings → KDE Wallet), or ${OTHER_STORE}.`,
    ssh: `SSH sessions often have no keychain: ${OTHER_STORE}.`,
    container: `Containers have no keychain: ${OTHER_STORE}, or set the platform's token variable, which needs no key.`,
    macos: REINSTALL,
    windows: REINSTALL,
    linux: `Start a Secret Service (gnome-keyring, KWallet or KeePassXC), or ${OTHER_STORE}.`,
  },
  locked: {
    gnome: 'Unlock the "Login" keyring in Passwords and Keys (seahorse) and run the command again.',
    kde: 'Open the wallet in KWalletManager and run the command again.',
    ssh: 'Prompts cannot be answered over SSH. Unlock it with gnome-keyring-daemon --unlock, or log in at the desktop.',
    macos: 'Run: security unlock-keychain',
    windows: 'Log in to Windows as this user and run the command again.',
    linux: 'Unlock the keychain in its own application and run the command again.',
  },
  silent: {
    ssh: "A password prompt may be open on the machine's own screen. Answer it there, or log in there first.",
    macos: `A password prompt may be hidden behind other windows. Answer it, or wait longer: ${TIMEOUT}`,
    linux: `A password prompt may be hidden behind other windows. Answer it, or wait longer: ${TIMEOUT}`,
  },
  denied: {
    macos: `Run the command again and choose "Always Allow". In Keychain Access, the entry is named "${bin}".`,
    linux: 'Run the command again and allow access.',
  },
};

/** Returns the next step for a keychain problem, in one line, for the system that this runs on. */
export function keychainAdvice(
  problem: KeychainProblem,
  env: NodeJS.ProcessEnv,
  platform?: NodeJS.Platform,
): string {
  const advice = ADVICE[problem];
  return advice[detectPlace(env, platform)] ?? advice.linux;
}
