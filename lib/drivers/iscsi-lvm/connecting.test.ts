import { describe, expect, it } from 'vitest'
import { commandLine } from '@/lib/drivers/command-line'
import { iscsiLvmConnecting } from '@/lib/drivers/iscsi-lvm/connecting'
import { iscsiLvm } from '@/lib/drivers/iscsi-lvm/descriptor'
import { backend, connect, disconnect, PLAIN, plainSan, rigOver } from '@/testing/drivers/iscsi-rig'
import { newRecording, type Recording } from '@/testing/drivers/recording'

it('says where volumes are, also where nobody has chosen the name of their group', () => {
  const reachOf = (config: object) => iscsiLvm.volumes?.reach?.(iscsiLvm.config.parse({ ...PLAIN, ...config }), 'bkd_1')
  expect(reachOf({ volume_group: 'vg_san' })).toEqual({ kind: 'volume-group', group: 'vg_san' })
  expect(reachOf({ volume_group: undefined })).toEqual({ kind: 'volume-group', group: 'hf_bkd_1' })
})

describe('the preview', () => {
  const place = { backendId: 'bkd_1', hostId: 'hst_a' }
  const CHANGES = new Set(['vgcreate', 'lvcreate', 'vgchange', 'lvchange'])
  /** What changed something, with the words of the preview for what it cannot know. */
  function changesIn({ commands }: Recording): string[] {
    const isChange = (command: string, args: readonly string[]) =>
      command === 'lvm' ? CHANGES.has(args[0] ?? '') : command === 'blockdev' || command === 'iscsiadm'
    return commands
      .filter(({ command, args }) => isChange(command, args) && !args.includes('--version'))
      .map(commandLine)
      .map((line) => line.replaceAll(/\/dev\/sd[a-z]+/g, '/dev/sdX').replace(/ -r \d+ /, ' -r N '))
      .map((line) => line.replace('192.0.2.50', 'san.example.com'))
  }

  it.each(['thin', 'thick'] as const)(
    'shows the commands that run, in order, with %s volumes',
    async (provisioning) => {
      const rig = rigOver(plainSan())
      const open = backend({ ...PLAIN, provisioning })
      const [first, closed, again] = [newRecording(), newRecording(), newRecording()]
      await connect(rig, open, first)
      const opening = iscsiLvmConnecting.connect(iscsiLvm.config.parse(open.config), place)
      const made = changesIn(first).filter((line) => /vgcreate|lvcreate/.test(line))
      expect(opening.notes.join('\n')).toContain(`: ${made.join('; ')}.`)
      await disconnect(rig, open, closed)
      const closing = iscsiLvmConnecting.disconnect(iscsiLvm.config.parse(open.config), place)
      expect(closing.commands.map(commandLine)).toEqual(changesIn(closed))
      await connect(rig, open, again)
      expect(opening.commands.map(commandLine)).toEqual(changesIn(again))
    },
  )
})
