import { z } from 'zod'
import { defineDriver } from '@/lib/drivers/contract/descriptor'
import { ChapSecret, IscsiLvmConfig, type IscsiLvmSettings, portalOf } from '@/lib/drivers/iscsi-lvm/config'
import { iscsiLvmConnecting } from '@/lib/drivers/iscsi-lvm/connecting'
import { groupName } from '@/lib/drivers/iscsi-lvm/names'
import { takeIscsiApart } from '@/lib/drivers/iscsi-lvm/pasted'
import { problems } from '@/lib/drivers/iscsi-lvm/problems'
import type { FieldProblem } from '@/lib/errors'

function check(config: IscsiLvmSettings): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (config.mutual_chap_enabled && !config.chap_enabled) {
    problems.push({ field: 'mutual_chap_enabled', message: 'Mutual CHAP needs CHAP; switch both on.' })
  }
  if (config.mutual_chap_enabled && config.mutual_chap_user === undefined) {
    problems.push({ field: 'mutual_chap_user', message: 'Enter the name by which the target proves itself.' })
  }
  if (config.discovery_chap === 'same' && !config.chap_enabled) {
    problems.push({ field: 'discovery_chap', message: 'There is no CHAP name to use for the list of targets.' })
  }
  return problems
}

function missing(config: IscsiLvmSettings): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (config.portal === undefined) {
    problems.push({
      field: 'portal',
      message: 'Enter the portal, which is the address of the iSCSI server, such as 192.168.1.50:3260.',
    })
  }
  if (config.target === undefined) {
    const message = 'Enter the target, such as iqn.2023-01.com.example:storage, or look for it.'
    problems.push({ field: 'target', message })
  }
  if (config.chap_enabled && config.chap_user === undefined) {
    problems.push({ field: 'chap_user', message: 'Enter the CHAP name, or switch CHAP off.' })
  }
  return problems
}

export const iscsiLvm = defineDriver({
  id: 'iscsi-lvm',
  title: 'iSCSI with LVM',
  olderTypes: ['iscsi', 'ISCSI'],
  olderFields: { port: z.int().min(1).max(65_535) },
  summary: 'a LUN of a SAN, divided into volumes by LVM',
  access: 'block',
  config: IscsiLvmConfig,
  secrets: z.strictObject({ chap_password: ChapSecret, mutual_chap_password: ChapSecret }),
  fixedAfterCreate: {
    target: 'Another target is another storage: create a new backend for it. The portal may change.',
    lun: 'Another LUN is another storage: create a new backend for it.',
    volume_group: 'The volume group has this name on the LUN.',
    provisioning: 'The volume group was made this way.',
  },
  // What proves the CHAP secret goes to the portal; with mutual CHAP, a server that cannot prove itself is left again.
  destination: { portal: true, target: true, mutual_chap_enabled: true },
  fields: {
    portal: {
      label: 'Portal',
      help: 'Address of the iSCSI server, with the port if it is not 3260.',
      placeholder: '192.168.1.50:3260',
      group: 'essential',
      control: 'text',
    },
    target: {
      label: 'Target',
      help: 'Name of the target at this portal.',
      placeholder: 'iqn.2023-01.com.example:storage',
      group: 'essential',
      control: 'text',
      optionsFrom: 'targets',
    },
    lun: {
      label: 'LUN',
      help: 'Number of the LUN at the target. Where the WWID is given, that decides.',
      group: 'essential',
      control: 'number',
    },
    wwid: {
      label: 'WWID',
      help: 'Identity of the LUN. With it, a LUN that was swapped on the server is refused.',
      placeholder: 'naa.6001405…',
      group: 'essential',
      control: 'text',
      optionsFrom: 'luns',
    },
    volume_group: {
      label: 'Volume group',
      help: 'Made on an empty LUN when it is connected first. Leave empty for a name of our own.',
      placeholder: 'vg_san',
      group: 'essential',
      control: 'text',
    },
    provisioning: {
      label: 'Space',
      help: 'Thin volumes take space as they are written, have cheap snapshots, and are on one host at a time; thick ones take it at once, and several hosts can have them.',
      group: 'essential',
      control: 'select',
      choices: { thin: 'Thin (a thin pool)', thick: 'Thick' },
    },
    chap_enabled: {
      label: 'CHAP',
      help: 'The target asks for a name and a secret.',
      group: 'credentials',
      control: 'switch',
    },
    chap_user: {
      label: 'CHAP name',
      group: 'credentials',
      control: 'text',
      visibleWhen: { field: 'chap_enabled', is: [true] },
    },
    chap_password: {
      label: 'CHAP secret',
      help: '12 to 16 characters for most targets.',
      group: 'credentials',
      control: 'password',
      visibleWhen: { field: 'chap_enabled', is: [true] },
    },
    mutual_chap_enabled: {
      label: 'Mutual CHAP',
      help: 'The target must prove itself to the host as well.',
      group: 'credentials',
      control: 'switch',
      visibleWhen: { field: 'chap_enabled', is: [true] },
    },
    mutual_chap_user: {
      label: 'Name of the target',
      group: 'credentials',
      control: 'text',
      visibleWhen: { field: 'mutual_chap_enabled', is: [true] },
    },
    mutual_chap_password: {
      label: 'Secret of the target',
      help: 'Must differ from the CHAP secret.',
      group: 'credentials',
      control: 'password',
      visibleWhen: { field: 'mutual_chap_enabled', is: [true] },
    },
    discovery_chap: {
      label: 'List of targets',
      help: 'Some servers ask for a name before they tell which targets they have.',
      group: 'advanced',
      control: 'select',
      choices: { none: 'Without CHAP', same: 'With the same CHAP name and secret' },
    },
  },
  capabilities: ['connect', 'usage', 'discover', 'volumes'],
  discoveries: { targets: 'Look for targets', luns: 'Look for LUNs' },
  scope: 'fleet',
  hostCommands: ['iscsiadm', 'lvm', 'thin_check', 'wipefs', 'blkid', 'cmp', 'blockdev'],
  servers: ({ portal }) => (portal === undefined ? [] : [portalOf(portal).address]),
  problems,
  takeApart: takeIscsiApart,
  describeSource: ({ target = 'no target yet', portal = 'no portal yet', lun }) => `${target} at ${portal}, LUN ${lun}`,
  connecting: iscsiLvmConnecting,
  volumes: {
    engine: 'lvm',
    settingsFrom: ({ provisioning }) => ({ mode: provisioning }),
    reach: (config, backendId) => ({ kind: 'volume-group', group: groupName(config, backendId) }),
  },
  check,
  missing,
})
