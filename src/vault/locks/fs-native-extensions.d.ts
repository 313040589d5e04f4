declare module 'fs-native-extensions' {
  /** Takes a lock that the kernel drops with the open file. Returns false while another holds it. */
  export function tryLock(fd: number, options?: {shared?: boolean}): boolean;
}
