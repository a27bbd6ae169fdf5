import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import type { HostRecords } from '@/lib/drivers/contract/driver-host'
import { Secret } from '@/lib/secret'
import { createRecords } from './records'
import { RuntimeDirectory } from './runtime-directory'

const NODE = '/etc/iscsi/nodes/iqn.x/10.0.0.1,3260,1/holdfast'
let folder: string
let base: string
let records: HostRecords
let runtime: RuntimeDirectory

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-records-'))
  base = join(folder, 'root')
  mkdirSync(join(base, '/etc/iscsi/nodes/iqn.x/10.0.0.1,3260,1'), { recursive: true })
  runtime = await RuntimeDirectory.open(new Runner(), join(folder, 'run'), { allowDisk: true })
  records = createRecords(runtime, base)
})
afterEach(async () => {
  await runtime.release(new Runner())
  rmSync(folder, { recursive: true, force: true })
})

describe('records', () => {
  it('lie on tmpfs with mode 0600, behind a link, and go as a whole', async () => {
    writeFileSync(join(base, NODE), 'of iscsiadm')
    await records.writeSecret(NODE, new Secret('first'))
    await records.writeSecret(NODE, new Secret('second'))
    expect(lstatSync(join(base, NODE)).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(base, NODE), 'utf8')).toBe('second')
    expect(statSync(join(base, NODE)).mode & 0o777).toBe(0o600)
    expect([await records.isOurs(NODE), await records.read(NODE)]).toEqual([true, 'second'])
    await records.remove(NODE)
    await records.remove(NODE)
    expect(readdirSync(join(folder, 'run/records'))).toEqual([])
    expect(await records.list('/etc/iscsi/nodes/iqn.x/10.0.0.1,3260,1')).toEqual([])
  })

  it('of others are not ours, and a directory goes only when it is empty', async () => {
    writeFileSync(join(base, NODE), 'of somebody')
    expect(await records.isOurs(NODE)).toBe(false)
    await expect(records.remove('/etc/iscsi/nodes/iqn.x')).rejects.toThrow('ENOTEMPTY')
    await records.remove(NODE)
    await records.remove('/etc/iscsi/nodes/iqn.x/10.0.0.1,3260,1')
    expect(existsSync(join(base, '/etc/iscsi/nodes/iqn.x/10.0.0.1,3260,1'))).toBe(false)
  })

  it('that are not there are nothing', async () => {
    expect(await records.read('/etc/iscsi/nodes/none')).toBeNull()
    expect(await records.read('/etc/iscsi/nodes')).toBeNull()
    expect(await records.list('/sys/class/iscsi_session')).toEqual([])
    expect(await records.isOurs('/etc/iscsi/nodes/none')).toBe(false)
  })
})

it.each([
  '/etc/passwd',
  '/etc/iscsi/iscsid.conf',
  '/etc/iscsi/nodes/../iscsid.conf',
  '/etc/iscsi/nodesx/a',
  '/sys/block/sda/device/delete',
  'etc/iscsi/nodes/a',
])('writes nothing to %s', async (path) => {
  const refused = expect.objectContaining({ code: 'policy_denied' })
  await expect(records.writeSecret(path, new Secret('x'))).rejects.toEqual(refused)
  await expect(records.remove(path)).rejects.toEqual(refused)
})

it('reads nothing outside its places', async () => {
  await expect(records.read('/etc/shadow')).rejects.toMatchObject({ code: 'policy_denied' })
  await expect(records.list('/root')).rejects.toMatchObject({ code: 'policy_denied' })
})

it('does not follow a link out of its places', async () => {
  mkdirSync(join(base, 'etc/other'))
  symlinkSync(join(base, 'etc/other'), join(base, 'etc/iscsi/nodes/away'))
  await expect(records.writeSecret('/etc/iscsi/nodes/away/x', new Secret('x'))).rejects.toMatchObject({
    code: 'policy_denied',
  })
  expect(readdirSync(join(base, 'etc/other'))).toEqual([])
})
