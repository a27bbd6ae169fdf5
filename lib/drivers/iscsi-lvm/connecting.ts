import { commandLine } from '@/lib/drivers/command-line'
import type { Connecting } from '@/lib/drivers/contract/mount-request'
import {
  activateThinPool,
  deactivateGroup,
  endSession,
  flush,
  logInto,
  makeGroup,
  makeInterface,
  makeNode,
  makeThinPool,
  markGroup,
  removeInterface,
  unmarkGroup,
} from '@/lib/drivers/iscsi-lvm/commands'
import type { IscsiLvmSettings } from '@/lib/drivers/iscsi-lvm/config'
import { groupName } from '@/lib/drivers/iscsi-lvm/names'

/** Stands for the disk that the LUN becomes: its name is known after the login. */
const DISK = '/dev/sdX'
/** Stands for the number of the session. */
const SESSION = 'N'

function diskNote({ lun, wwid }: IscsiLvmSettings): string {
  return `${DISK} stands for ${wwid === undefined ? `LUN ${lun}` : `the LUN ${wwid}`}, found after the login.`
}

export const iscsiLvmConnecting: Connecting<IscsiLvmSettings> = {
  /**
   * What changes something; the looks before it, which decide what is needed, are in the notes. A portal by name is resolved first, so
   * that iscsiadm gets its address.
   */
  connect(config, { backendId, hostId }) {
    const { target = 'TARGET', portal = 'PORTAL' } = config
    const group = groupName(config, backendId)
    const thin = config.provisioning === 'thin'
    const marked = thin ? hostId : null
    const made = [makeGroup(DISK, group, backendId, marked), ...(thin ? [makeThinPool(DISK, group)] : [])]
    const chap = config.mutual_chap_enabled ? 'The CHAP names and secrets of both sides' : 'The CHAP name and secret'
    return {
      commands: [
        makeInterface,
        makeNode(target, portal),
        logInto(target, portal),
        ...(thin ? [markGroup(DISK, group, hostId), activateThinPool(DISK, group)] : []),
      ],
      notes: [
        diskNote(config),
        `Only on an empty LUN the volume group is made, in place of the commands for it above: ${made.map(commandLine).join('; ')}. A LUN with anything else on it is refused.`,
        'A session that stands already is used as it is, without another login; so is what is marked or active already.',
        ...(config.chap_enabled
          ? [`${chap} are written into the node record of open-iscsi before the login, and stand in no command.`]
          : []),
      ],
    }
  },

  disconnect(config, { backendId, hostId }) {
    const group = groupName(config, backendId)
    const thin = config.provisioning === 'thin'
    return {
      commands: [
        deactivateGroup(DISK, group),
        ...(thin ? [unmarkGroup(DISK, group, hostId)] : []),
        flush(DISK),
        endSession(SESSION),
        removeInterface,
      ],
      notes: [
        'While a volume is in use, it is refused and nothing is closed.',
        `${DISK} stands for the disk with the volume group of this backend, ${SESSION} for the number of the session.`,
        'The session stays when something else on this host uses it, or when Holdfast did not make it.',
      ],
    }
  },
}
