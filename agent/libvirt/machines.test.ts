import { expect, test } from 'vitest'
import { libvirtMachines, parseDisks, snapshotArguments } from '@/agent/libvirt/machines'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import { parseMachines } from '@/lib/libvirt/machine-names'

const XML = `<domain type='kvm' id='3'><name>web-1</name><devices>
  <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/mnt/a &amp; b/disk.qcow2' index='1'/><backingStore type='file'><source file='/mnt/base.qcow2'/></backingStore><target dev='vda' bus='virtio'/></disk>
  <disk type='block' device='disk'><source dev='/dev/vg/vol_1'/><target dev='vdb'/></disk>
  <disk type='network' device='disk'><source protocol='rbd' name='vms/tenant/vol_2'><host name='10.0.0.1'/></source><target dev='vdc'/></disk>
  <disk type='network' device='disk'><source protocol='nbd' name='x'/><target dev='vdd'/></disk>
  <disk type='file' device='cdrom'><target dev='sda'/></disk>
</devices></domain>`

test('the disks of a machine are what it reads now, not what lies under that', () => {
  expect(parseDisks(XML)).toEqual([
    { target: 'vda', image: '/mnt/a & b/disk.qcow2' },
    { target: 'vdb', image: '/dev/vg/vol_1' },
    { target: 'vdc', image: 'vms/tenant/vol_2' },
    { target: 'vdd', image: null },
    { target: 'sda', image: null },
  ])
})

test('machines are read with names of all kinds', () => {
  const uuid = '6a1c7e52-0f6e-4b51-9d3e-6f0b1a2c3d4e'
  expect(parseMachines(` ${uuid} -c two words\n\n`)).toEqual([{ uuid, name: '-c two words' }])
})

test('a libvirt that does not answer knows no machine; being cut off is told', async () => {
  const failing = (code: 'timed_out' | 'cancelled') =>
    libvirtMachines({
      run: () => Promise.reject(new HoldfastError(code, 'no')),
      secretFile: () => Promise.reject(new Error('unused')),
    })
  expect(await failing('timed_out').disks()).toEqual([])
  await expect(failing('cancelled').disks()).rejects.toMatchObject({ code: 'cancelled' })
})

test('a snapshot is of one disk, under a name with whatever is in it, and of no other', () => {
  const disk = { machine: { uuid: 'u', name: 'web-1' }, target: 'vdb', others: ['vda', 'sda'], image: '/mnt/a' }
  const args = snapshotArguments(disk, '/mnt/a,b/disk.qcow2', false)
  expect(args.slice(-6)).toEqual([
    '--diskspec',
    'vdb,snapshot=external,driver=qcow2,file=/mnt/a,,b/disk.qcow2',
    '--diskspec',
    'vda,snapshot=no',
    '--diskspec',
    'sda,snapshot=no',
  ])
  for (const word of ['--atomic', '--reuse-external', '--no-metadata']) expect(args).toContain(word)
  expect(args).not.toContain('--quiesce')
  expect(snapshotArguments(disk, '/mnt/a', true)).toContain('--quiesce')
})

test('the file systems in a machine stand still for a snapshot where its agent does that, and the answer says how it was', async () => {
  const disk = { machine: { uuid: 'u', name: 'web-1' }, target: 'vdb', others: [], image: '/mnt/a' }
  /** What virsh says to a command that has this word in it; nothing: it does it. */
  const take = async (answers: Record<string, string>) => {
    const asked: string[] = []
    const machines = libvirtMachines({
      run: async (command, args) => {
        const line = args.join(' ')
        const said = Object.entries(answers).find(([word]) => line.includes(word))?.[1]
        if (said !== undefined) throw new CommandError({ command, exitCode: 1, signal: null, stderr: said, stdout: '' })
        if (line.includes('snapshot-create-as')) asked.push(line.includes('--quiesce') ? 'still' : 'as it is')
        return { exitCode: 0, stdout: '', stderr: '' }
      },
      secretFile: () => Promise.reject(new Error('unused')),
    })
    return { how: await machines.snapshot(disk, '/mnt/b'), asked }
  }
  expect(await take({})).toEqual({ how: 'still', asked: ['still'] })
  const noAgent = { 'guest-ping': 'error: Guest agent is not responding: QEMU guest agent is not connected' }
  expect(await take(noAgent)).toEqual({ how: 'no agent', asked: ['as it is'] })
  const refused =
    "error: internal error: unable to execute QEMU agent command 'guest-fsfreeze-freeze': Command guest-fsfreeze-freeze has been disabled"
  expect(await take({ '--quiesce': refused })).toEqual({ how: 'refused', asked: ['as it is'] })
  await expect(take({ '--quiesce': 'error: no space left on device' })).rejects.toMatchObject({
    code: 'command_failed',
  })
})
