import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { openScreen } from '@/agent/libvirt/screen'
import { startEchoMachine } from '@/testing/libvirt/echo-machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'
import { RfbViewer } from '@/testing/rfb-viewer'
import { waitFor } from '@/testing/wait'

let libvirtd: RealLibvirtd
const runner = new Runner()
const open = (uuid: string) =>
  openScreen(
    (command, args, options) => runner.run(command, args, options),
    uuid,
    AbortSignal.timeout(30_000),
    libvirtd.uri,
  )

beforeAll(async () => {
  libvirtd = await startLibvirtd()
})
afterAll(() => libvirtd.close())

const loopback = "<graphics type='vnc' autoport='yes' listen='127.0.0.1'/>"

test('the screen of a real machine shows what it draws, and takes what is typed', async () => {
  const path = join(libvirtd.directory, 'a b.sock')
  const graphics = `<graphics type='vnc'><listen type='socket' socket='${path}'/></graphics>`
  const machine = startEchoMachine(libvirtd, graphics, '--screen')
  const { uuid } = machine
  const viewer = await RfbViewer.open(await open(uuid))
  await waitFor('its empty text screen', () => viewer.picture().then(() => viewer.width === 720), 60_000)
  const before = await viewer.picture()
  // Keys that come before its program reads them are lost.
  await waitFor(
    'the first key',
    () => {
      viewer.press(0x68)
      return machine.text().includes('h')
    },
    60_000,
  )
  for (const key of [0x6f, 0x6c, 0x64]) viewer.press(key)
  await waitFor('what was typed', () => /^h+old$/.test(machine.text()))
  await waitFor('a picture of it', async () => Buffer.compare(before, await viewer.picture()) !== 0)
  // A second viewer sees the same, and the first stays.
  const second = await RfbViewer.open(await open(uuid))
  expect((await second.picture()).length).toBe((await viewer.picture()).length)
  second.close()
  viewer.close()

  libvirtd.virsh('destroy', uuid)
  await expect(open(uuid)).rejects.toMatchObject({ code: 'conflict' })
  libvirtd.virsh('undefine', uuid)
  await expect(open(uuid)).rejects.toMatchObject({ code: 'not_found' })
})

test('a screen on loopback is reached, and a machine without one says so', async () => {
  const { uuid } = startEchoMachine(libvirtd, loopback)
  const viewer = await RfbViewer.open(await open(uuid))
  expect((await viewer.picture()).length).toBe(viewer.width * viewer.height * 4)
  viewer.close()
  libvirtd.virsh('destroy', uuid)
  const none = startEchoMachine(libvirtd, '')
  await expect(open(none.uuid)).rejects.toMatchObject({ code: 'unsupported' })
})
