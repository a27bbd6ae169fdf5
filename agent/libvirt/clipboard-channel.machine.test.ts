import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { addClipboard, readClipboard } from '@/agent/libvirt/clipboard-channel'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { type EchoMachine, startEchoMachine } from '@/testing/libvirt/echo-machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'

let libvirtd: RealLibvirtd
let machine: EchoMachine
const runner = new Runner()
const run: DriverHost['run'] = runner.run.bind(runner)

beforeAll(async () => {
  libvirtd = await startLibvirtd()
  machine = startEchoMachine(libvirtd, '')
}, 120_000)
afterAll(() => libvirtd.close())

const host: Pick<DriverHost, 'run' | 'secretFile'> = {
  run,
  async secretFile(content) {
    const path = join(libvirtd.directory, 'channel.xml')
    writeFileSync(path, String(content))
    return { path, done: async () => undefined }
  },
}
const read = () => readClipboard(run, machine.uuid, libvirtd.uri)
const lines: string[] = []
const add = () => addClipboard(host, machine.uuid, (line) => lines.push(line), libvirtd.uri)

test('a machine that runs gets the channel at once where QEMU takes it, and for its next start', async () => {
  expect(await read()).toEqual({ isRunning: true, channel: 'none', isAgentRunning: null })
  const { isLive } = await add()
  expect(await read()).toEqual(
    isLive
      ? { isRunning: true, channel: 'there', isAgentRunning: false }
      : { isRunning: true, channel: 'next', isAgentRunning: null },
  )
  // Nothing is added twice.
  await add()
  libvirtd.virsh('destroy', machine.uuid)
  expect(await read()).toEqual({ isRunning: false, channel: 'there', isAgentRunning: null })
  expect(await add()).toEqual({ isLive: false })
  libvirtd.virsh('start', machine.uuid)
  expect(await read()).toEqual({ isRunning: true, channel: 'there', isAgentRunning: false })
  expect(libvirtd.virsh('dumpxml', machine.uuid).match(/com\.redhat\.spice\.0/g)).toHaveLength(1)
})

test('says of a machine that it is not there', async () => {
  await expect(readClipboard(run, '6a1c7e52-0f6e-4b51-9d3e-6f0b1a2c3d4e', libvirtd.uri)).rejects.toMatchObject({
    code: 'not_found',
  })
})
