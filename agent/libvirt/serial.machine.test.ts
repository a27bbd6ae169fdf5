import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { openSerial, readSerialLog } from '@/agent/libvirt/serial'
import { SERIAL_ECHO, startEchoMachine } from '@/testing/libvirt/echo-machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'
import { waitFor } from '@/testing/wait'

let libvirtd: RealLibvirtd
const runner = new Runner()
const run = (...asked: Parameters<Runner['run']>) => runner.run(...asked)
const open = (uuid: string) => openSerial(run, uuid, AbortSignal.timeout(60_000), libvirtd.uri)

beforeAll(async () => {
  libvirtd = await startLibvirtd()
})
afterAll(() => libvirtd.close())

function heard(line: Duplex): () => string {
  let said = ''
  line.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1')
  })
  return () => said
}

/** `virsh console` of a person, who has a terminal. */
function virshConsole(uuid: string): { said: () => string; leave: () => Promise<void> } {
  const child: ChildProcess = spawn('script', ['-qfec', `virsh -c '${libvirtd.uri}' console ${uuid}`, '/dev/null'])
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const leave = () => {
    child.stdin?.write('\x1d')
    return gone
  }
  return { said: () => said, leave }
}

test('bytes go both ways as they are, the log keeps them, and it and virsh console keep each other out', async () => {
  const file = join(libvirtd.directory, 'serial.log')
  const port = `<serial type='pty'><log file='${file}' append='on'/></serial>`
  const { uuid } = startEchoMachine(libvirtd, port, 'serial-pty', SERIAL_ECHO)
  const line = await open(uuid)
  const said = heard(line)
  line.write('first')
  await waitFor('an echo', () => said().includes('first'), 60_000)
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  for (let at = 0; at < all.length; at += 16) {
    const before = said().length
    line.write(all.subarray(at, at + 16))
    await waitFor('these bytes', () => said().length === before + 16)
  }
  expect(Buffer.from(said(), 'latin1').subarray(-256)).toEqual(all)

  await expect(open(uuid)).rejects.toMatchObject({ code: 'busy' })
  const other = virshConsole(uuid)
  await waitFor('a refusal', () => other.said().includes('error:'), 30_000)
  expect(other.said()).toMatch(/lock|Active console/)
  line.destroy()
  await waitFor('the mark to go', () => !existsSync(markOf(uuid)))

  const person = virshConsole(uuid)
  await waitFor('virsh to be in', () => person.said().includes('Escape character'), 30_000)
  await waitFor('its mark', () => existsSync(markOf(uuid)))
  await expect(open(uuid)).rejects.toThrow('virsh console')
  await person.leave()
  await waitFor('the mark to go', () => !existsSync(markOf(uuid)), 30_000)

  const log = await readSerialLog(run, uuid, { uri: libvirtd.uri, root: libvirtd.directory })
  expect(Buffer.from(log.text, 'base64').toString('latin1')).toContain('first')

  const last = await open(uuid)
  const ended = new Promise<void>((resolve) => last.once('close', () => resolve()))
  heard(last)
  libvirtd.virsh('destroy', uuid)
  await ended
  await expect(open(uuid)).rejects.toMatchObject({ code: 'conflict' })
}, 180_000)

test('a port that is a socket is opened too, while its QEMU listens there', async () => {
  const path = join(libvirtd.directory, 'serial 1.sock')
  const port = `<serial type='unix'><source mode='bind' path='${path}'/></serial>`
  const { uuid } = startEchoMachine(libvirtd, port, 'serial-unix', SERIAL_ECHO)
  const line = await open(uuid)
  const said = heard(line)
  line.write('over a socket')
  await waitFor('an echo', () => said().includes('over a socket'), 60_000)
  line.destroy()
  const again = await open(uuid)
  again.destroy()
}, 120_000)

function markOf(uuid: string): string {
  const [, number] = /path='\/dev\/pts\/(\d+)'/.exec(libvirtd.virsh('dumpxml', uuid)) ?? []
  return `/var/lock/LCK.._pts_${number}`
}
