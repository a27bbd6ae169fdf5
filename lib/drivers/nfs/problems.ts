import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with an NFS share. */
export const problems = {
  'nfs.kernel_missing': {
    title: 'The kernel of this host knows no NFS',
    advice:
      'Load its module: modprobe nfs, and a line nfs in /etc/modules-load.d for the next boot. If there is no such module, install the full kernel of the distribution: those for clouds and containers often leave it out.',
    command: 'modprobe nfs; grep nfs /proc/filesystems',
    code: 'conflict',
  },
  'nfs.helper_missing': {
    title: 'The NFS mount program is missing',
    advice: 'Install nfs-common (Debian, Ubuntu), nfs-utils (Red Hat, Arch, Alpine) or nfs-client (SUSE).',
    command: 'command -v mount.nfs',
    code: 'tool_missing',
  },
  'nfs.not_running': {
    title: 'No NFS service answers there',
    advice:
      '[Port {port} of {server}|The port] is open, but NFS is not served on it: start the NFS server, or correct the port.',
    command: 'rpcinfo -p {server}',
    code: 'backend_unreachable',
  },
  'nfs.version_unsupported': {
    title: 'The server does not speak this version',
    advice:
      'Choose the protocol version "Automatic" or another one, or switch [version {version}|a newer version] on at the server.',
    command: 'rpcinfo -p {server}',
    code: 'backend_unreachable',
  },
  'nfs.export_missing': {
    title: 'The server has no such export',
    advice:
      'Take a path from the list of exports, or export [{export_path}|the directory] to the address of this host on the server (/etc/exports, then exportfs -ra).',
    command: 'showmount -e {server}',
    code: 'backend_unreachable',
  },
  'nfs.export_denied': {
    title: 'The server does not let this host in',
    advice:
      'Check that the server exports [{export_path}|the directory], add the address of this host to its clients, then run exportfs -ra there.',
    command: 'showmount -e {server}',
    code: 'credentials_rejected',
  },
  'nfs.not_directory': {
    title: 'The export is not a directory',
    advice: '[{export_path}|It] is a file on the server; enter the directory that holds it.',
    command: 'showmount -e {server}',
    code: 'invalid_input',
  },
  'nfs.not_permitted': {
    title: 'The server refuses this client',
    advice:
      'It may demand a privileged source port, another security flavour, or another client address: compare with its export options.',
    command: 'showmount -e {server}',
    code: 'credentials_rejected',
  },
  'nfs.bad_option': {
    title: 'The kernel refuses an option',
    advice: 'One of the advanced settings does not fit this version or this kernel: set them back one by one.',
    command: 'dmesg | tail -5',
    code: 'invalid_input',
  },
  'nfs.lock_service_missing': {
    title: 'The lock service is not running on this host',
    advice: 'Start rpc-statd on the host, or switch on "Without lock service" if locks may stay local.',
    command: 'systemctl status rpc-statd',
    code: 'tool_missing',
  },
  'nfs.kerberos': {
    title: 'Kerberos sign-in failed',
    advice: 'Check the keytab (/etc/krb5.keytab), rpc-gssd and the clock of this host.',
    command: 'klist -k; systemctl status rpc-gssd',
    code: 'credentials_rejected',
  },
} as const satisfies Record<string, Problem>
