import {VaultError} from '../errors.js';

/** Describes a failed file operation. `action` is a verb, such as "write". */
export function storageError(error: NodeJS.ErrnoException, action: string, path: string): VaultError {
  const reasons: Record<string, [reason: string, suggestion: string]> = {
    ENOSPC: ['no space left on device (the disk is full)', 'Free some disk space and run the command again.'],
    EDQUOT: ['disk quota exceeded', 'Free some disk space and run the command again.'],
    EROFS: ['read-only file system', 'Use a folder on a writable file system.'],
    EACCES: ['permission denied', 'Check the owner and the mode of the file and its folder.'],
    EPERM: ['permission denied', 'Check the owner and the mode of the file and its folder.'],
    ENOENT: ['no such file or directory', 'Check the path.'],
    EBUSY: ['it is in use, or mounted as a single file', 'If it is mounted, mount its folder instead.'],
  };
  const [reason, suggestion] = reasons[error.code ?? ''] ?? [
    `system error ${error.code ?? 'unknown'}`,
    'Check the path.',
  ];
  return new VaultError('STORAGE_FAILED', `Could not ${action} ${path}: ${reason}.`, [suggestion]);
}
