import type { CodeTable, MessageTable } from '@/lib/drivers/problems/messages'

/** The same for an SMB share, where the server and not the owner of a file decides. */
export const CIFS_ACCESS_ERRNO = {
  EACCES: 'cifs.denied',
  EPERM: 'cifs.denied',
  EHOSTDOWN: 'network.timed_out',
  ENOENT: 'cifs.no_folder',
} as const satisfies CodeTable

/** `mount error(13): Permission denied`: mount.cifs (cifs-utils) names the errno. First match wins. */
export const CIFS_MOUNT_MESSAGES = [
  {
    // mount(8) asked the kernel itself, which never gets this far with mount.cifs in place; the second wording is of util-linux 2.41.
    pattern: /bad option; for several filesystems|^mount: .*: cannot mount .* read-only/im,
    problem: 'cifs.helper_missing',
  },
  { pattern: /could not resolve address/i, problem: 'name.not_found' },
  {
    pattern: /mount error\((?:19|22)\).*not supported by the system|mount error\(19\)|unknown filesystem type/is,
    problem: 'cifs.kernel_missing',
  },
  { pattern: /mount error\(1\)/, problem: 'mount.not_permitted' },
  { pattern: /mount error\((?:2|6)\)/, problem: 'cifs.not_found' },
  { pattern: /mount error\(13\)/, problem: 'cifs.refused' },
  { pattern: /mount error\(20\)/, problem: 'cifs.not_folder' },
  { pattern: /mount error\((?:22|79)\)/, problem: 'cifs.bad_option' },
  { pattern: /mount error\(95\)/, problem: 'cifs.version_refused' },
  { pattern: /mount error\((?:101|113)\)/, problem: 'network.no_route' },
  { pattern: /mount error\(104\)/, problem: 'network.reset' },
  { pattern: /mount error\(111\)/, problem: 'network.refused' },
  { pattern: /mount error\((?:110|112|115)\)/, problem: 'network.timed_out' },
  { pattern: /mount error\(127\)/, problem: 'cifs.password_expired' },
  { pattern: /mount error\(128\)/, problem: 'cifs.account_blocked' },
] as const satisfies MessageTable

/** NT status codes, as smbclient prints them. What depends on the layer at which they come is in the driver. */
export const SMB_STATUS = {
  NT_STATUS_LOGON_FAILURE: 'cifs.wrong_password',
  NT_STATUS_WRONG_PASSWORD: 'cifs.wrong_password',
  NT_STATUS_NO_SUCH_USER: 'cifs.wrong_password',
  NT_STATUS_ACCOUNT_DISABLED: 'cifs.account_blocked',
  NT_STATUS_ACCOUNT_LOCKED_OUT: 'cifs.account_blocked',
  NT_STATUS_ACCOUNT_EXPIRED: 'cifs.account_blocked',
  NT_STATUS_ACCOUNT_RESTRICTION: 'cifs.account_blocked',
  NT_STATUS_INVALID_LOGON_HOURS: 'cifs.account_blocked',
  NT_STATUS_INVALID_WORKSTATION: 'cifs.account_blocked',
  NT_STATUS_LOGON_TYPE_NOT_GRANTED: 'cifs.account_blocked',
  NT_STATUS_PASSWORD_EXPIRED: 'cifs.password_expired',
  NT_STATUS_PASSWORD_MUST_CHANGE: 'cifs.password_expired',
  NT_STATUS_NO_LOGON_SERVERS: 'cifs.domain_unreachable',
  NT_STATUS_TRUSTED_RELATIONSHIP_FAILURE: 'cifs.domain_unreachable',
  NT_STATUS_TRUSTED_DOMAIN_FAILURE: 'cifs.domain_unreachable',
  NT_STATUS_BAD_NETWORK_NAME: 'cifs.no_share',
  NT_STATUS_NETWORK_NAME_DELETED: 'cifs.no_share',
  NT_STATUS_BAD_DEVICE_TYPE: 'cifs.no_share',
  NT_STATUS_OBJECT_NAME_NOT_FOUND: 'cifs.no_folder',
  NT_STATUS_OBJECT_PATH_NOT_FOUND: 'cifs.no_folder',
  NT_STATUS_NO_SUCH_FILE: 'cifs.no_folder',
  NT_STATUS_NOT_A_DIRECTORY: 'cifs.not_folder',
  NT_STATUS_CONNECTION_REFUSED: 'network.refused',
  NT_STATUS_CONNECTION_RESET: 'network.reset',
  NT_STATUS_CONNECTION_DISCONNECTED: 'network.reset',
  NT_STATUS_IO_TIMEOUT: 'network.timed_out',
  NT_STATUS_HOST_UNREACHABLE: 'network.no_route',
  NT_STATUS_NETWORK_UNREACHABLE: 'network.no_route',
  NT_STATUS_UNSUCCESSFUL: 'cifs.unexpected',
} as const satisfies CodeTable
