import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with an SMB share. */
export const problems = {
  'cifs.kernel_missing': {
    title: 'The kernel of this host knows no SMB',
    advice:
      'Load its module: modprobe cifs, and a line cifs in /etc/modules-load.d for the next boot. If there is no such module, install the full kernel of the distribution: those for clouds and containers often leave it out.',
    command: 'modprobe cifs; grep cifs /proc/filesystems',
    code: 'conflict',
  },
  'cifs.helper_missing': {
    title: 'The SMB mount program is missing',
    advice: 'Install cifs-utils on the host.',
    command: 'command -v mount.cifs',
    code: 'tool_missing',
  },
  'cifs.no_password': {
    title: 'The password is not set',
    advice: 'Enter the password of the user, or choose to sign in as a guest.',
    code: 'credentials_rejected',
  },
  'cifs.wrong_password': {
    title: 'User name or password is wrong',
    advice:
      'The server refuses to sign ["{user}"|the user] in: enter the password again, and the domain if the account is not one of the server itself.',
    command: 'smbclient -U {user} -L {server}',
    code: 'credentials_rejected',
  },
  'cifs.account_blocked': {
    title: 'The account may not sign in',
    advice:
      'The server knows ["{user}"|the user], but the account is switched off, locked, expired or restricted: see to it on the server.',
    code: 'credentials_rejected',
  },
  'cifs.password_expired': {
    title: 'The password has expired',
    advice: 'Set a new password for ["{user}"|the user] on the server, and enter it here.',
    code: 'credentials_rejected',
  },
  'cifs.domain_unreachable': {
    title: 'The server cannot ask its domain',
    advice:
      'It would have to check ["{user}"|the user] with a controller of [{domain}|its domain] and reaches none[ ({status})]: correct the domain, look at the server, or take an account of the server itself.',
    code: 'backend_unreachable',
  },
  'cifs.guest_refused': {
    title: 'The server lets no guests in',
    advice:
      'Sign in with a user name and password, or allow guests for ["{share_name}"|the share] on the server (Samba: "guest ok" and "map to guest").',
    command: 'smbclient -N //{server}/{share_name} -c exit',
    code: 'credentials_rejected',
  },
  'cifs.denied': {
    title: 'This user may not use the share',
    advice:
      'Signing in works, but ["{user}"|the user] has no right to ["{share_name}"|the share] or its folder: allow it on the server. Some servers let misspelt names in as guests, so check the name too.',
    command: 'smbclient -U {user} //{server}/{share_name} -c ls',
    code: 'credentials_rejected',
  },
  'cifs.refused': {
    title: 'The server refuses the mount',
    advice:
      'Either user name or password are wrong, or this user may not use ["{share_name}"|the share]. Install smbclient on the host, and the test says which.',
    command: 'smbclient -U {user} //{server}/{share_name} -c ls',
    code: 'credentials_rejected',
  },
  'cifs.no_share': {
    title: 'The server has no such share',
    advice: 'Check the name ["{share_name}"|of the share], or take one from the list of shares.',
    command: 'smbclient -U {user} -L {server}',
    code: 'backend_unreachable',
  },
  'cifs.no_list': {
    title: 'The server gave no list of its shares',
    advice: 'It is busy, or keeps the list to itself: look again in a moment, or enter the name of the share.',
    command: 'smbclient -U {user} -L {server}',
    code: 'backend_unreachable',
  },
  'cifs.no_folder': {
    title: 'The share has no such folder',
    advice: 'Create the folder[ "{folder}"] in the share[ "{share_name}"], or correct it.',
    command: 'smbclient -U {user} //{server}/{share_name} -c ls',
    code: 'backend_unreachable',
  },
  'cifs.not_folder': {
    title: 'This is not a folder',
    advice: 'In the share[ "{share_name}"] the path[ "{folder}"] is a file; enter the folder that holds it.',
    command: 'smbclient -U {user} //{server}/{share_name} -c ls',
    code: 'invalid_input',
  },
  'cifs.not_found': {
    title: 'Share or folder do not exist',
    advice:
      'The server has no [share "{share_name}"|such share], or there is no such folder in it. Take a share from the list of shares.',
    command: 'smbclient -U {user} -L {server}',
    code: 'backend_unreachable',
  },
  'cifs.version_refused': {
    title: 'The server does not speak this version',
    advice: 'Set the protocol version to automatic, or switch [version {version}|this version] on at the server.',
    command: 'smbclient -N -L {server}',
    code: 'backend_unreachable',
  },
  'cifs.seal_refused': {
    title: 'The server offers no encryption',
    advice: 'Switch "Encrypt" off, or switch encryption (SMB 3) on at the server.',
    command: 'smbclient -N -L {server}',
    code: 'backend_unreachable',
  },
  'cifs.bad_option': {
    title: 'The kernel refuses an option',
    advice: 'One of the advanced settings does not fit this version or this kernel: set them back one by one.',
    command: 'dmesg | tail -5',
    code: 'invalid_input',
  },
  'cifs.unexpected': {
    title: 'The server refused the request',
    advice:
      '[It answered with {status}, which Holdfast has no advice for|Holdfast has no advice for its answer]; the log of the server says more.',
    code: 'backend_unreachable',
  },
} as const satisfies Record<string, Problem>
