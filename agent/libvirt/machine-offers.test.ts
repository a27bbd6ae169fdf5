import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { networksOn, parseAbilities } from '@/agent/libvirt/machine-offers'

/** Of libvirt 9.0 on Debian 12 with OVMF, shortened. */
const ABILITIES = `<domainCapabilities>
  <path>/usr/bin/qemu-system-x86_64</path><domain>kvm</domain><machine>pc-q35-7.2</machine><arch>x86_64</arch>
  <vcpu max='288'/>
  <os supported='yes'><enum name='firmware'><value>efi</value></enum>
    <loader supported='yes'><enum name='type'><value>rom</value></enum></loader></os>
  <cpu><mode name='host-passthrough' supported='yes'/><mode name='maximum' supported='yes'/></cpu>
  <devices><channel supported='yes'><enum name='type'><value>unix</value><value>qemu-vdagent</value></enum></channel></devices>
</domainCapabilities>`

test('reads what libvirt can make machines of, and takes nothing for granted', () => {
  expect(parseAbilities(ABILITIES)).toEqual({
    ...{ isAccelerated: true, mostCpus: 288, firmwares: ['bios', 'uefi'], clipboard: true },
    platform: {
      ...{ domain: 'kvm', arch: 'x86_64', machine: 'pc-q35-7.2' },
      ...{ emulator: '/usr/bin/qemu-system-x86_64', cpuMode: 'host-passthrough' },
    },
  })
  const bare = ABILITIES.replace('<value>efi</value>', '').replace('<value>qemu-vdagent</value>', '')
  expect(parseAbilities(bare)).toMatchObject({ firmwares: ['bios'], clipboard: false })
  expect(parseAbilities(ABILITIES.replace('x86_64</arch>', 'aarch64</arch>'))).toMatchObject({ firmwares: ['uefi'] })
  const emulated = ABILITIES.replace('<domain>kvm', '<domain>qemu').replace(
    "'host-passthrough' supported='yes'",
    "'host-passthrough' supported='no'",
  )
  expect(parseAbilities(emulated)).toMatchObject({ isAccelerated: false, platform: { cpuMode: 'maximum' } })
})

test('offers networks that are up and bridges of the host, and none of libvirt or Docker twice', async () => {
  const devices = mkdtempSync(join(tmpdir(), 'holdfast-net-'))
  for (const name of ['br0', 'virbr0', 'docker0', 'br-0123456789ab'])
    mkdirSync(join(devices, name, 'bridge'), { recursive: true })
  mkdirSync(join(devices, 'eth0'))
  const virsh = async (args: readonly string[]) => {
    const stdout =
      args[0] === 'net-list'
        ? 'd4b0f2a1-0000-4000-8000-000000000000\n'
        : "<network><name>a &amp; b</name><bridge name='virbr0'/></network>"
    return { exitCode: 0, stdout, stderr: '' }
  }
  try {
    expect(await networksOn(virsh, devices)).toEqual([
      { kind: 'network', name: 'a & b' },
      { kind: 'bridge', name: 'br0' },
    ])
  } finally {
    rmSync(devices, { recursive: true })
  }
})
