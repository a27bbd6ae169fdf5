import { expect, test } from 'vitest'
import { parseVersions, readLibvirt } from '@/agent/libvirt/facts'
import { CommandError } from '@/lib/drivers/problems/command-error'

// Recorded on Debian 12.
const DEBIAN_12 = `Compiled against library: libvirt 9.0.0
Using library: libvirt 9.0.0
Using API: QEMU 9.0.0
Running hypervisor: QEMU 7.2.22
Running against daemon: 9.0.0
`

test('the versions are those of the daemon and of the QEMU that it starts', () => {
  expect(parseVersions(DEBIAN_12)).toEqual({ version: '9.0.0', qemu: '7.2.22' })
  expect(parseVersions(DEBIAN_12.replace('daemon: 9.0.0', 'daemon: 9.10.1'))).toMatchObject({ version: '9.10.1' })
})

test.each(['', 'Running hypervisor: QEMU', 'Using library: libvirt 9.0.0'])('of %j nothing is known', (text) => {
  expect(parseVersions(text)).toEqual({ version: null, qemu: null })
})

test('a daemon that does not answer is told with what virsh says', async () => {
  const stderr = "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/run/x': No such file"
  const run = async () => {
    throw new CommandError({ command: 'virsh', exitCode: 1, signal: null, stderr, stdout: '' })
  }
  expect(await readLibvirt(run)).toEqual({
    version: null,
    qemu: null,
    error: "Failed to connect socket to '/run/x': No such file",
  })
})
