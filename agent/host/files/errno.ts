/** What C programs print for an errno in the C locale; nothing else of it reaches us from a child. */
const MESSAGES: Readonly<Record<string, string>> = {
  'Operation not permitted': 'EPERM',
  'No such file or directory': 'ENOENT',
  'Input/output error': 'EIO',
  'No such device or address': 'ENXIO',
  'Permission denied': 'EACCES',
  'Resource temporarily unavailable': 'EAGAIN',
  'Device or resource busy': 'EBUSY',
  'File exists': 'EEXIST',
  'No such device': 'ENODEV',
  'Not a directory': 'ENOTDIR',
  'Is a directory': 'EISDIR',
  'Invalid argument': 'EINVAL',
  'File too large': 'EFBIG',
  'No space left on device': 'ENOSPC',
  'Read-only file system': 'EROFS',
  'File name too long': 'ENAMETOOLONG',
  'Function not implemented': 'ENOSYS',
  'Too many levels of symbolic links': 'ELOOP',
  'Stale file handle': 'ESTALE',
  'Disk quota exceeded': 'EDQUOT',
  'Protocol error': 'EPROTO',
  'Operation not supported': 'EOPNOTSUPP',
  'Network is down': 'ENETDOWN',
  'Network is unreachable': 'ENETUNREACH',
  'Software caused connection abort': 'ECONNABORTED',
  'Connection reset by peer': 'ECONNRESET',
  'Transport endpoint is not connected': 'ENOTCONN',
  'Connection timed out': 'ETIMEDOUT',
  'Connection refused': 'ECONNREFUSED',
  'Host is down': 'EHOSTDOWN',
  'No route to host': 'EHOSTUNREACH',
  'Remote I/O error': 'EREMOTEIO',
  'Required key not available': 'ENOKEY',
  'Key has expired': 'EKEYEXPIRED',
}

/** The errno behind a message such as `stat: cannot stat '/x': Stale file handle`; `unknown` when there is none. */
export function errnoFromText(stderr: string): string {
  for (const line of stderr.trim().split('\n').reverse()) {
    const message = line.slice(line.lastIndexOf(': ') + 2).trim()
    const errno = MESSAGES[message]
    if (errno !== undefined) return errno
  }
  return 'unknown'
}

/** The mount is there and cannot work any more: it is healed by unmounting and mounting again. */
export const CORRUPTED_ERRNOS: ReadonlySet<string> = new Set([
  'ENOTCONN',
  'ESTALE',
  'EIO',
  'EHOSTDOWN',
  'ENODEV',
  'ENXIO',
  'ECONNABORTED',
  'ECONNRESET',
  'EREMOTEIO',
  'EPROTO',
])
