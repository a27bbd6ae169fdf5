import type { ConnectionPlace, ConnectionPreview } from '@/lib/drivers/contract/descriptor'
import type { IscsiLvmSettings } from '@/lib/drivers/iscsi-lvm/config'
import { groupName, hostTag, IFACE, ownerTag, THIN_POOL } from '@/lib/drivers/iscsi-lvm/names'
import { commandLine } from '@/lib/drivers/preview'

/** Stands for the disk that the LUN becomes: its name is known after the login. */
const DISK = '/dev/sdX'
/** Stands for the number of the session. */
const SESSION = 'N'

function lvm(verb: string, ...args: string[]): string {
  return commandLine('lvm', [verb, '--devices', DISK, ...args])
}

function diskNote({ lun, wwid }: IscsiLvmSettings): string {
  return `${DISK} stands for ${wwid === undefined ? `LUN ${lun}` : `the LUN ${wwid}`}, found after the login.`
}

/**
 * What changes something; the looks before it, which decide what is needed, are in the notes. A portal by name is resolved first, so
 * that iscsiadm gets its address.
 */
export function previewConnect(config: IscsiLvmSettings, { backendId, hostId }: ConnectionPlace): ConnectionPreview {
  const group = groupName(config, backendId)
  const thin = config.provisioning === 'thin'
  const node = ['-m', 'node', '-T', config.target, '-p', config.portal, '-I', IFACE]
  const made = [
    lvm(
      'vgcreate',
      ...['--setautoactivation', 'n', '--addtag', ownerTag(backendId), '--addtag', hostTag(hostId), '--', group, DISK],
    ),
    ...(thin ? [lvm('lvcreate', '--type', 'thin-pool', '-l', '90%FREE', '-n', THIN_POOL, '--', group)] : []),
  ]
  const chap = config.mutual_chap_enabled ? 'The CHAP names and secrets of both sides' : 'The CHAP name and secret'
  return {
    commands: [
      commandLine('iscsiadm', ['-m', 'iface', '-I', IFACE, '-o', 'new']),
      commandLine('iscsiadm', [...node, '-o', 'new']),
      commandLine('iscsiadm', [...node, '--login']),
      lvm('vgchange', '--addtag', hostTag(hostId), '--', group),
      ...(thin ? [lvm('lvchange', '-ay', '--', `${group}/${THIN_POOL}`)] : []),
    ],
    notes: [
      diskNote(config),
      `Only on an empty LUN the volume group is made, in place of the commands for it above: ${made.join('; ')}. A LUN with anything else on it is refused.`,
      'A session that stands already is used as it is, without another login; so is what is marked or active already.',
      ...(config.chap_enabled
        ? [`${chap} are written into the node record of open-iscsi before the login, and stand in no command.`]
        : []),
    ],
  }
}

export function previewDisconnect(config: IscsiLvmSettings, { backendId, hostId }: ConnectionPlace): ConnectionPreview {
  const group = groupName(config, backendId)
  return {
    commands: [
      lvm('vgchange', '-an', '--', group),
      lvm('vgchange', '--deltag', hostTag(hostId), '--', group),
      commandLine('blockdev', ['--flushbufs', DISK]),
      commandLine('iscsiadm', ['-m', 'session', '-r', SESSION, '--logout']),
      commandLine('iscsiadm', ['-m', 'iface', '-I', IFACE, '-o', 'delete']),
    ],
    notes: [
      'While a volume is in use, it is refused and nothing is closed.',
      `${DISK} stands for the disk with the volume group of this backend, ${SESSION} for the number of the session.`,
      'The session stays when something else on this host uses it, or when Holdfast did not make it.',
    ],
  }
}
