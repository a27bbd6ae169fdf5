import { expect, it } from 'vitest'
import { libvirtTarget } from '@/lib/attach-targets/libvirt/host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { BARE_HOST, describeTarget } from '@/testing/attach-targets/describe-target'
import { openFakeVirsh } from '@/testing/attach-targets/fake-virsh'

/** Blanks at the ends are not told apart from those that virsh puts there. */
const canBeMachine = (name: string) => !name.includes('/') && name === name.trim()

describeTarget({
  what: 'libvirt: as virsh prints it',
  target: () => libvirtTarget(),
  open: openFakeVirsh,
  without: BARE_HOST,
  questions: ['version', 'list', 'dumpxml'],
  canBeNamed: canBeMachine,
  canHavePath: () => true,
})

it('is not on a host that has only the program', async () => {
  const stderr =
    "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory"
  const failure = { command: 'virsh', exitCode: 1, signal: null, stdout: '', stderr }
  const host = { ...BARE_HOST, has: () => true, run: () => Promise.reject(new CommandError(failure)) }
  expect(await libvirtTarget().inventory(host)).toBeNull()
})
