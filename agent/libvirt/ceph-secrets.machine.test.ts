import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { cephSecrets, type SecretHost } from '@/agent/libvirt/ceph-secrets'
import { readLibvirt } from '@/agent/libvirt/facts'
import { reveal, Secret } from '@/lib/secret'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'

const KEY = 'AQBqC2Vl8oPDGxAAqk8H2mF2b4xkVv1mQ0y3yA=='
const UUID = '4a1c7e52-0f6e-4b51-9d3e-6f0b1a2c3d4e'
const USAGE = 'holdfast bkd_01kb7z3n9q0000000000000abc'

let libvirtd: RealLibvirtd
let directory: string
const ran: string[] = []
const runner = new Runner()
const host: SecretHost = {
  run(command, args, options) {
    ran.push([command, ...args].join(' '))
    return runner.run(command, args, options)
  },
  async secretFile(content) {
    const path = join(directory, `secret-${ran.length}`)
    writeFileSync(path, content instanceof Secret ? reveal(content) : content, { mode: 0o600 })
    return { path, done: async () => rmSync(path) }
  },
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-secrets-'))
  libvirtd = await startLibvirtd()
})
afterAll(async () => {
  await libvirtd.close()
  rmSync(directory, { recursive: true, force: true })
})

test('tells the versions of the running daemon and of its QEMU', async () => {
  const library = execFileSync('virsh', ['--version'], { encoding: 'utf8' }).trim()
  const qemu = /version (\d+\.\d+\.\d+)/.exec(
    execFileSync('qemu-system-x86_64', ['--version'], { encoding: 'utf8' }),
  )?.[1]
  const found = await readLibvirt((command, args, options) => runner.run(command, args, options), libvirtd.uri)
  expect(found).toEqual({ version: library, qemu, error: null })
})

test('libvirt gets the key in a file, keeps it to itself, gets it again when somebody has deleted it, and loses it at the end', async () => {
  const secrets = cephSecrets(libvirtd.uri)
  const wanted = { usage: USAGE, uuid: UUID, key: new Secret(KEY) }
  expect(await secrets.keep(wanted, true, host)).toBe(UUID)
  const xml = libvirtd.virsh('secret-dumpxml', UUID)
  expect(xml).toContain("ephemeral='no' private='yes'")
  expect(xml).toContain(`<name>${USAGE}</name>`)
  expect(() => libvirtd.virsh('secret-get-value', UUID)).toThrow(/private/)
  const kept = readFileSync(`${libvirtd.directory}/etc/libvirt/secrets/${UUID}.base64`, 'utf8')
  expect(kept.trim()).toBe(KEY)

  libvirtd.virsh('secret-undefine', UUID)
  expect(await secrets.keep(wanted, false, host)).toBe(UUID)
  // One that is there under another UUID, as after the loss of the journal, is taken over.
  const other = { ...wanted, uuid: '00000000-0000-4000-8000-000000000001' }
  expect(await secrets.keep(other, true, host)).toBe(UUID)

  await secrets.drop(USAGE, host)
  await secrets.drop(USAGE, host)
  expect(libvirtd.virsh('secret-list').trim()).toBe('')
  expect(ran.join('\n')).not.toContain(KEY)
})
