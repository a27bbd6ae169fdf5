import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with any host and any storage. */
export const SHARED_PROBLEMS = {
  // ---- host and network
  'tool.missing': {
    title: 'A program is missing on the host',
    advice: 'Install the package that brings ["{command}"|the program] on that host: from its page here, or by hand.',
    command: 'command -v {command}',
    code: 'tool_missing',
  },
  'name.not_found': {
    title: 'The name is not known',
    detail: 'The name "{server}" is not known.',
    advice: 'Check the spelling of [{server}|the name] and the DNS servers of this host, or enter the IP address.',
    command: 'getent hosts {server}',
    code: 'backend_unreachable',
  },
  'name.server_failed': {
    title: 'The DNS server does not answer',
    advice: 'Look at /etc/resolv.conf on this host, or enter the IP address of {server}.',
    command: 'getent hosts {server}',
    code: 'backend_unreachable',
  },
  'network.refused': {
    title: 'The server refuses the connection',
    advice: 'Nothing listens on [port {port}|that port] of {server}: start the service there, or correct the port.',
    command: 'nc -vz {server} {port}',
    code: 'backend_unreachable',
  },
  'network.timed_out': {
    title: 'The server does not answer',
    advice:
      'Check that {server} is switched on, and that no firewall between it and this host drops [port {port}|its port].',
    command: 'nc -vz -w 5 {server} {port}',
    code: 'backend_unreachable',
  },
  'network.no_route': {
    title: 'There is no way to the server',
    advice: 'This host has no route to {server}: check its network, VLAN and gateway.',
    command: 'ip route get {server}',
    code: 'backend_unreachable',
  },
  'network.reset': {
    title: 'The connection was cut',
    advice:
      'Something between this host and {server} closes the connection: look at firewalls and the log of the server.',
    command: 'nc -vz {server} {port}',
    code: 'backend_unreachable',
  },
  'network.denied_by_policy': {
    title: 'This host may not talk to that address',
    advice:
      'Enter another address[ than {server}], or let the administrator of the host open it: [name "{opens}" under allow.networks in {file} there, and reload the agent|"networks", "allow" and "deny" in /etc/holdfast/agent.json there].',
    code: 'policy_denied',
  },

  // ---- any mount
  'mount.timed_out': {
    title: 'The mount was not finished in time',
    advice: 'The server accepts connections but does not serve: look at its load and its log, then test again.',
    code: 'timed_out',
  },
  'mount.busy': {
    title: 'The mount is in use',
    detail: '{path} is in use by {holders}.',
    advice: 'End the programs that use it, or detach the containers and machines that hold it, then unmount again.',
    command: 'fuser -vm {path}',
    code: 'busy',
  },
  'mount.foreign': {
    title: 'Something else is mounted there',
    detail: 'Something else is mounted at {path}: {found}.',
    advice: 'Unmount it by hand, or choose another mount point. Holdfast does not touch mounts that it did not make.',
    command: 'findmnt {path}',
    code: 'conflict',
  },
  'mount.taken_away': {
    title: 'It was unmounted on the host',
    detail: '{path} was mounted and is no longer: it was unmounted on the host, or the host was restarted.',
    advice:
      'It is not mounted although it is wanted: mount it here again, or unmount it here too if it is to stay away. Whether Holdfast undoes what somebody did by hand is a setting of the mount.',
    command: 'findmnt {path}',
    code: 'conflict',
  },
  'mount.place_taken': {
    title: 'Another mount has this place',
    detail: "Mount '{holder}' has the place {path} on this host.",
    advice:
      'Give this host another mount point for one of the two, or take one of them off the host. This one is mounted as soon as the place is free.',
    command: 'findmnt {path}',
    code: 'conflict',
  },
  'mount.stacked': {
    title: 'Mounts lie on top of each other',
    detail: '{count} mounts lie on top of each other at {path}.',
    advice:
      'Somebody mounted over it. Unmount the upper ones by hand until one is left; Holdfast touches none of them meanwhile.',
    command: 'findmnt {path}',
    code: 'conflict',
  },
  'mount.hung': {
    title: 'The storage does not answer',
    advice:
      'Programs that use it wait, and go on when it answers again. Check that the server runs and that the network to it is up; nothing needs to be mounted anew.',
    command: 'timeout 5 stat -f {path}',
    code: 'backend_unreachable',
  },
  'mount.corrupted': {
    title: 'The mount is broken',
    detail: 'The mounted storage answers with {errno}.',
    advice:
      'Holdfast mounts it again by itself, as soon as no program keeps it. If it stays so, look at the log of the server and of the host.',
    command: 'stat -f {path}',
    code: 'backend_unreachable',
  },
  'mount.unreadable': {
    title: 'The storage cannot be read',
    detail: 'The mounted storage answers with {errno}.',
    advice: 'It is mounted, but a look at it ends with an error: look at the log of the server and of the host.',
    command: 'stat -f {path}',
    code: 'backend_unreachable',
  },
  'mount.other_options': {
    title: 'It is mounted differently',
    advice: 'It is there with other settings (read only or writable): unmount it, then mount again.',
    command: 'findmnt {path}',
    code: 'conflict',
  },
  'mount.failed': {
    title: 'The mount failed',
    advice: 'Read the message of the mount program below, and the kernel log of the host.',
    command: 'dmesg | tail -20',
    code: 'command_failed',
  },
  'mount.not_permitted': {
    title: 'The kernel does not allow this mount',
    advice: 'The agent must run as root on the host itself; inside a container most mounts are forbidden.',
    code: 'command_failed',
  },
  'node.behind': {
    title: 'The node of this host is behind',
    advice:
      'It has not taken over the newest changes, so programs here may see older files. Wait a moment; if it stays behind, look at the log of the node and at its connection to the leader.',
    code: 'backend_unreachable',
  },
  'node.split': {
    title: 'The hosts follow different leaders',
    advice:
      'The nodes do not all reach each other, and each half goes on by itself: repair the network between the hosts, and write on one side only until it is repaired.',
    code: 'conflict',
  },
  'access.hung': {
    title: 'The storage does not answer',
    advice: 'It is mounted, but a simple look at it did not return: check the server and the network to it.',
    code: 'timed_out',
  },
  'access.denied': {
    title: 'Permission denied',
    advice:
      'Root on this host may not look into it: check owner and permissions on the server, and whether it maps root to nobody.',
    command: 'ls -ld {path}',
    code: 'backend_unreachable',
  },
  'access.stale': {
    title: 'The server has forgotten this mount',
    advice: 'The export was moved or made anew (stale file handle). Unmount and mount again.',
    command: 'stat {path}',
    code: 'backend_unreachable',
  },
  'access.failed': {
    title: 'The storage cannot be read',
    advice: 'It is mounted, but reading it failed[ with {errno}]: look at the log of the server and of the host.',
    command: 'ls {path}',
    code: 'backend_unreachable',
  },
  'write.denied': {
    title: 'Writing is not allowed',
    advice:
      'Give this host write permission on the server (for NFS: rw and no_root_squash, or a directory that its user "nobody" may write; for SMB: the right to change files, for the user that signs in), or mark the backend as read only.',
    command: 'touch {path}/test',
    code: 'backend_unreachable',
  },
  'write.read_only': {
    title: 'The storage is read only',
    advice: 'The server offers it read only: change that there, or mark the backend as read only.',
    command: 'findmnt -o OPTIONS {path}',
    code: 'backend_unreachable',
  },
  'write.full': {
    title: 'The storage is full',
    advice: 'Free space on the server, or enlarge it.',
    command: 'df -h {path}',
    code: 'backend_unreachable',
  },
  'write.quota': {
    title: 'The quota is used up',
    advice: 'Raise the quota on the server, or delete what is not needed.',
    command: 'df -h {path}',
    code: 'backend_unreachable',
  },
  'write.failed': {
    title: 'Writing failed',
    advice: 'What was written could not be read back or deleted[ ({errno})]: look at the log of the server.',
    code: 'backend_unreachable',
  },
  'output.unreadable': {
    title: 'The answer could not be understood',
    detail: '{command} {found}.',
    advice:
      '[The program {command}|A program] printed something that Holdfast does not know; please report its version and output.',
    command: '{command} --version',
    code: 'command_failed',
  },

  // ---- encrypted connections, and mounts by rclone
  'tls.certificate_unknown': {
    title: 'The certificate of the server is not trusted',
    advice: 'If the server has a certificate of your own authority, paste that authority into "Certificate authority".',
    command: 'openssl s_client -connect {server}:{port} -showcerts',
    code: 'backend_unreachable',
  },
  'tls.certificate_expired': {
    title: 'The certificate of the server has expired',
    advice: 'Renew it on the server, and check the clock of this host.',
    command: 'openssl s_client -connect {server}:{port} -showcerts',
    code: 'backend_unreachable',
  },
  'tls.certificate_name': {
    title: 'The certificate is for another name',
    advice:
      'Enter the address with the name that stands in the certificate; for S3, switching path style on can help too.',
    command: 'openssl s_client -connect {server}:{port} -showcerts',
    code: 'backend_unreachable',
  },
  'tls.failed': {
    title: 'No secure connection',
    advice: 'The server does not speak TLS on this port: correct the port, or write http:// if it has no certificate.',
    command: 'openssl s_client -connect {server}:{port}',
    code: 'backend_unreachable',
  },
  'rclone.ended': {
    title: 'The mount program ended',
    advice: 'Read the last lines of rclone; the mount point is empty until it runs again.',
    code: 'command_failed',
  },
} as const satisfies Record<string, Problem>
