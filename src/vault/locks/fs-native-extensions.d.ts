declare module 'fs-native-extensions' {
  /** Acquires a lock that the kernel releases when the file is closed. Returns false if another holds it. */
  export function tryLock(fd: number, options?: {shared?: boolean}): boolean;
}
