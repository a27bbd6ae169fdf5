import { expect, test } from 'vitest'
import { isNotRunning, mergeArguments, parseJob } from '@/agent/libvirt/merges'
import { CommandError } from '@/lib/drivers/problems/command-error'

test('how far QEMU is with a disk is read as libvirt 9 prints it', () => {
  expect(parseJob(' type=Block Commit\n bandwidth=1\n cur=131072\n end=8388608\n')).toEqual({
    do: 'commit',
    done: 131_072,
    total: 8_388_608,
  })
  expect(parseJob(' type=Block Pull\n bandwidth=0\n cur=0\n end=1\n')?.do).toBe('pull')
  expect(parseJob(' type=Block Copy\n bandwidth=0\n cur=0\n end=1\n')?.do).toBe('something else')
  expect(parseJob('')).toBeNull()
})

test('images keep naming what they lie on by names beside them', () => {
  const disk = { machine: { uuid: 'u', name: 'web-1' }, target: 'vdb', others: [], image: '/mnt/a' }
  const commit = mergeArguments(disk, { do: 'commit', top: 'vdb[3]', base: 'vdb[2]' })
  expect(commit.join(' ')).toBe('blockcommit --domain u --path vdb --top vdb[3] --base vdb[2] --keep-relative')
  expect(mergeArguments(disk, { do: 'pull', base: 'vdb[2]' })).toContain('--keep-relative')
  // libvirt refuses it where nothing is to be named.
  expect(mergeArguments(disk, { do: 'pull', base: null })).toEqual(['blockpull', '--domain', 'u', '--path', 'vdb'])
})

test('a machine that has stopped is no failure of the question, anything else is', () => {
  const failure = (stderr: string) =>
    new CommandError({ command: 'virsh', exitCode: 1, signal: null, stderr, stdout: '' })
  expect(isNotRunning(failure('error: Requested operation is not valid: domain is not running'))).toBe(true)
  expect(isNotRunning(failure("error: failed to get domain 'nope'"))).toBe(true)
  expect(isNotRunning(failure('error: Failed to connect socket to /var/run/libvirt/libvirt-sock'))).toBe(false)
})
