import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with an iSCSI target, its LUN and the volume group on it. */
export const problems = {
  // ---- iSCSI
  'iscsi.no_portal': {
    title: 'The address of the server is not known',
    advice: 'Enter the portal: the address of the iSCSI server, with its port if that is not 3260.',
    code: 'invalid_input',
  },
  'iscsi.no_target': {
    title: 'The target is not known',
    advice: 'Enter its name[; {portal} offers {found}| or look for it at the portal].',
    code: 'invalid_input',
  },
  'iscsi.no_secret': {
    title: 'A CHAP secret is not set',
    advice: 'Enter the secret that belongs to each CHAP name, or switch CHAP off.',
    code: 'credentials_rejected',
  },
  'iscsi.credentials': {
    title: 'The target refuses the CHAP name or secret',
    advice:
      'Check name and secret at {target}, and that it admits this host[, whose initiator name is {initiator}]. Targets say the same for all three. With mutual CHAP, check the name and secret of the target too: newer versions of open-iscsi say the same for these.',
    command: 'journalctl -u iscsid -n 20',
    code: 'credentials_rejected',
  },
  'iscsi.chap_needed': {
    title: 'The target does not admit this host',
    advice:
      'It asks for CHAP, which is switched off here, or it does not know this host: admit [the initiator {initiator}|the initiator name in /etc/iscsi/initiatorname.iscsi] there.',
    command: 'journalctl -u iscsid -n 20',
    code: 'credentials_rejected',
  },
  'iscsi.mutual_failed': {
    title: 'The target did not prove itself',
    advice:
      'Mutual CHAP failed: set the name and secret of the target there as they are here, or switch mutual CHAP off. If nobody changed them, this may not be your server.',
    command: 'journalctl -u iscsid -n 20',
    code: 'credentials_rejected',
  },
  'iscsi.not_iscsi': {
    title: 'No iSCSI server answers there',
    advice:
      '[Port {port} of {server}|The port] is open, but what listens there does not speak iSCSI: correct the port.',
    command: 'iscsiadm -m discovery -t st -p {server}:{port} -o nonpersistent',
    code: 'backend_unreachable',
  },
  'iscsi.discovery_denied': {
    title: 'The server does not list its targets',
    advice:
      'It asks for a CHAP name and secret first: switch CHAP on for the list of targets, or enter the target by hand.',
    code: 'credentials_rejected',
  },
  'iscsi.target_missing': {
    title: 'The server does not offer this target',
    advice:
      'Check the spelling of {target}, and that the server admits this host[, whose initiator name is {initiator}].',
    command: 'iscsiadm -m discovery -t st -p {server}:{port} -o nonpersistent',
    code: 'backend_unreachable',
  },
  'iscsi.login_failed': {
    title: 'The login failed',
    advice: 'Read what iscsid says on this host, and the log of {server}.',
    command: 'journalctl -u iscsid -n 20',
    code: 'backend_unreachable',
  },
  'iscsi.daemon': {
    title: 'The iSCSI daemon does not run on the host',
    advice: 'Start it with: systemctl enable --now iscsid.socket.',
    command: 'systemctl status iscsid.socket iscsid',
    code: 'command_failed',
  },
  'iscsi.lun_missing': {
    title: 'The target has no such LUN for this host',
    advice:
      'Present [LUN {lun}|the LUN] of {target} to [the initiator {initiator}|this host].[ The target shows now: {found}.]',
    command: 'lsscsi -t; ls -l /dev/disk/by-path',
    code: 'backend_unreachable',
  },
  'iscsi.wrong_lun': {
    title: 'This is not the LUN that was chosen',
    advice:
      'No LUN of {target} has the [WWID {wwid}|WWID that was chosen][; it shows now: {found}]. The LUN was replaced or mapped anew on the server: map the right one, or create a new backend.',
    command: 'lsblk -S -o NAME,WWN,SERIAL',
    code: 'conflict',
  },
  'iscsi.read_only': {
    title: 'The LUN cannot be written to',
    advice: 'The server presents [{device}|it] read only: change that there, then connect again.',
    command: 'cat /sys/block/{device}/ro',
    code: 'backend_unreachable',
  },
  'iscsi.multipath': {
    title: 'Multipath has taken the LUN',
    advice:
      'Holdfast uses one path to a LUN so far. Leave [{device}|it] out of multipath on this host (blacklist its WWID), then connect again.',
    command: 'multipath -ll',
    code: 'unsupported',
  },
  'iscsi.in_use': {
    title: 'Another program uses the LUN',
    detail: '{device} is held by {holder}.',
    advice: 'Holdfast does not touch a device that something else uses.',
    command: 'lsblk /dev/{device}',
    code: 'conflict',
  },
  'iscsi.session_gone': {
    title: 'The session with the target is gone',
    advice:
      'Somebody logged out of {target} on this host, or the server ended the session. Holdfast logs in again by itself; to close the storage for good, disconnect it here.',
    command: 'iscsiadm -m session',
    code: 'backend_unreachable',
  },
  'iscsi.interrupted': {
    title: 'The session with the target is interrupted',
    advice:
      '[{server} does not answer on port {port}|The server does not answer]. This host goes on trying by itself: check that the server runs and that nothing in between stops it.',
    command: 'iscsiadm -m session -P 1',
    code: 'backend_unreachable',
  },
  'iscsi.disk_offline': {
    title: 'The kernel has taken the disk offline',
    advice:
      '[{device} is {found}: its|Its] reads and writes failed for too long. When the server is well again, disconnect and connect again.',
    command: 'lsblk -S -o NAME,STATE; dmesg | tail -20',
    code: 'backend_unreachable',
  },
  'iscsi.session_stays': {
    title: 'The session did not end',
    advice: 'The host is still logged in to {target}: look at what holds its devices, then disconnect again.',
    command: 'iscsiadm -m session -P 3',
    code: 'busy',
  },

  // ---- LVM
  'lvm.too_old': {
    title: 'LVM on this host is too old',
    advice:
      'Holdfast needs LVM 2.03.12 or newer, which can be limited to one device; older ones could touch the volume groups of the host.',
    command: 'lvm version',
    code: 'unsupported',
  },
  'lvm.not_empty': {
    title: 'The LUN is not empty',
    detail: 'On {device} there is {found}.',
    advice:
      'Holdfast writes to an empty LUN only. If nobody needs what is on it, clear it by hand (wipefs --all), or choose another LUN.',
    command: 'wipefs /dev/{device}; blkid -p /dev/{device}',
    code: 'conflict',
  },
  'lvm.foreign_group': {
    title: 'The LUN holds a volume group that is not of this backend',
    advice:
      'The volume group[ {group}] does not carry [the tag {tag}|the tag of this backend]. If it is yours and nothing else uses it, hand it over by hand[: vgchange --addtag {tag} {group}].',
    command: 'vgs -o name,tags,size /dev/{device}',
    code: 'conflict',
  },
  'lvm.other_host': {
    title: 'Another host has this volume group open',
    detail: 'Another host has this volume group open: {holder}.',
    advice:
      'A volume group is opened on one host at a time: two would overwrite each other. Disconnect it on [{holder}|the other host] first. If that host is off for good, take its mark away by hand[: vgchange --deltag {held} {group}].',
    command: 'vgs -o name,tags',
    code: 'conflict',
  },
  'lvm.name_taken': {
    title: 'This host has a volume group of the same name',
    advice: 'A volume group[ {group}] of the host itself is active: rename one of the two, then connect again.',
    command: 'vgs -o name,uuid',
    code: 'conflict',
  },
  'lvm.busy': {
    title: 'Volumes are in use',
    detail: 'Volumes are in use: {found}.',
    advice: 'Detach them from what uses them, then disconnect again.',
    command: 'lvs -o name,devices,lv_device_open {group}',
    code: 'busy',
  },
  'lvm.stays_active': {
    title: 'The volume group did not close',
    advice: 'Some of its volumes are still active on this host: look at what holds them, then disconnect again.',
    command: 'dmsetup ls --tree',
    code: 'busy',
  },
  'lvm.closed': {
    title: 'The volume group is not open on this host any more',
    detail: 'The volume group is not open on this host any more: {found}.',
    advice: 'Holdfast opens it again by itself. If this comes back, look for a program on the host that closes it.',
    command: 'lvs -o name,lv_active,vg_tags',
    code: 'backend_unreachable',
  },
  'lvm.failed': {
    title: 'LVM could not do it',
    advice: 'Read what LVM says, and the kernel log of the host.',
    command: 'dmesg | tail -20',
    code: 'command_failed',
  },
} as const satisfies Record<string, Problem>
