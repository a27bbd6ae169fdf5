import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LAB_SERVICES } from '@/e2e/support/lab'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { until } from '@/e2e/support/product'
import type { TestResult } from '@/lib/operations/schema'

const { nfs, servers } = labFacts
const { exports } = nfs
let fleet: LabProduct

beforeAll(async () => {
  fleet = await useLabProduct()
})
afterAll(() => fleet?.close())

function share(path: string, more: Record<string, unknown> = {}) {
  return { server: servers.address, export_path: path, ...more }
}

function failedStep(result: TestResult) {
  const failed = result.steps.filter((step) => step.status === 'failed')
  expect(result.success).toBe(false)
  expect(failed).toHaveLength(1)
  return failed[0]
}

describe('NFS 4.2', () => carriesFiles('4.2'))
describe('NFS 3', { tags: 'full' }, () => carriesFiles('3'))

function carriesFiles(version: string): void {
  const name = `nfs-${version.replace('.', '')}`
  const point = `/mnt/${name}`
  const file = `written-over-${name}`
  let mountId: string
  let backendId: string

  it('passes its test, every step', async () => {
    const result = await fleet.test('nfs', share(exports.readWrite, { version }))
    expect(result).toMatchObject({ success: true })
    expect(result.steps.map((step) => step.id)).toEqual(
      expect.arrayContaining(['name', 'tcp', 'protocol', 'target', 'mount', 'write', 'capacity', 'unmount']),
    )
    expect(result.usage?.totalBytes).toBeGreaterThan(0)
  })

  it('mounts with the wanted options, nosuid and nodev', async () => {
    const config = share(exports.readWrite, { version, mount_options: 'soft,timeo=150,noexec' })
    const backend = await fleet.createBackend(name, 'nfs', config)
    const started = performance.now()
    backendId = backend.id
    const { data, operation } = await fleet.createMount(name, backend.id)
    console.log(`NFS ${version}: ${Math.round(performance.now() - started)} ms from the API call to the verified mount`)
    mountId = data.id
    expect(operation).toMatchObject({ status: 'succeeded' })
    const row = await fleet.onHost(mountId)
    expect(row).toMatchObject({ state: 'mounted', error: null })
    const options = row.options?.split(',') ?? []
    expect(options).toEqual(
      expect.arrayContaining(['nosuid', 'nodev', 'noexec', 'soft', 'timeo=150', `vers=${version}`]),
    )
    const [line, ...more] = await fleet.mountinfo(point)
    expect(more).toEqual([])
    expect(line).toMatch(new RegExp(`nosuid,nodev.* - nfs4? ${servers.address}:${exports.readWrite} `))
  })

  it('carries bytes both ways', async () => {
    expect(await fleet.lab.host.ok(`cat ${point}/hello`)).toBe(`hello from ${exports.readWrite}`)
    await fleet.lab.host.ok(`echo from the host > ${point}/${file}`)
    expect(await fleet.lab.servers.ok(`cat ${exports.readWrite}/${file}`)).toBe('from the host')
    await fleet.lab.servers.ok(`echo from the server > ${exports.readWrite}/${file}-2`)
    expect(await fleet.lab.host.ok(`cat ${point}/${file}-2`)).toBe('from the server')
  })

  it('follows the server to another address', async () => {
    const moved = `${name}.moved.example`
    await fleet.lab.host.ok(`echo '${servers.address} ${moved}' >> /etc/hosts`)
    const path = `/api/v1/storage/backends/${backendId}`
    const config = { ...share(exports.readWrite, { version, mount_options: 'soft,timeo=150,noexec' }), server: moved }
    const answer = await fleet.product.request('PATCH', path, { config })
    expect(answer.status).toBe(200)
    await until('the mount from there', async () => {
      const [line] = await fleet.mountinfo(point)
      return line?.includes(` ${moved}:${exports.readWrite} `) || undefined
    })
    await fleet.untilState(mountId, 'mounted')
    expect(await fleet.onHost(mountId)).toMatchObject({ error: null })
    expect(await fleet.lab.host.ok(`cat ${point}/${file}`)).toBe('from the host')
  })

  it('refuses to unmount while a program uses it, and names the program', async () => {
    await fleet.lab.host.ok(`systemd-run --unit=holder --working-directory=${point} sleep 1000`)
    const refused = await fleet.act(mountId, 'unmount').finally(() => fleet.lab.host.ok('systemctl stop holder'))
    expect(refused.status).toBe(409)
    expect(refused.body).toMatchObject({ code: 'busy', detail: expect.stringMatching(/in use by sleep \(pid \d+/) })
    expect(await fleet.mountinfo(point)).toHaveLength(1)
  })

  it('unmounts, and then nothing can be written to the mountpoint', async () => {
    expect((await fleet.act(mountId, 'unmount')).status).toBe(200)
    expect(await fleet.onHost(mountId)).toMatchObject({ state: 'absent', error: null })
    expect(await fleet.mountinfo(point)).toEqual([])
    const written = await fleet.lab.host.exec(`echo stray > ${point}/stray`)
    expect(written.exitCode).not.toBe(0)
    expect(written.stderr).toContain('Operation not permitted')
    expect(await fleet.lab.host.ok(`ls -A ${point}`)).toBe('')
  })

  it('leaves no trace when it is deleted, and the data stays on the server', async () => {
    await fleet.removeMount(mountId)
    expect((await fleet.lab.host.exec(`test -e ${point}`)).exitCode).toBe(1)
    expect(await fleet.lab.servers.ok(`cat ${exports.readWrite}/${file}`)).toBe('from the host')
  })
}

describe('what is wrong with a share', () => {
  const found = new Map<string, string | undefined>()

  it.each([
    ['the export is missing, version 3', { path: nfs.missing, version: '3' }, 'target', 'nfs.export_missing'],
    ['the export is missing, version 4.2', { path: nfs.missing, version: '4.2' }, 'mount', 'nfs.export_missing'],
    ['the export is for another host', { path: exports.elsewhere, version: '4.2' }, 'mount', 'nfs.export_denied'],
    ['root may not look into it', { path: exports.denied, version: '4.2' }, 'mount', 'access.denied'],
    ['the server offers it read only', { path: exports.readOnly, version: '4.2' }, 'write', 'write.read_only'],
  ])('%s', async (_what, { path, version }, step, problem) => {
    const failed = failedStep(await fleet.test('nfs', share(path, { version })))
    expect(failed).toMatchObject({ id: step, problem })
    expect(failed?.advice).toBeTruthy()
    found.set(problem, failed?.advice)
  })

  it('the server is down', async () => {
    await fleet.lab.servers.stopService(LAB_SERVICES.nfs)
    const failed = failedStep(await fleet.test('nfs', share(exports.readWrite)))
    expect(failed).toMatchObject({ id: 'tcp', problem: 'network.refused' })
    found.set('network.refused', failed?.advice)
  })

  it('a mount that is wanted meanwhile fails with that reason, and is made when the server is back', async () => {
    const backend = await fleet.createBackend('late', 'nfs', share(exports.second))
    const { data, operation } = await fleet.createMount('late', backend.id)
    expect(operation).toMatchObject({ status: 'failed' })
    const row = await fleet.onHost(data.id)
    expect(row.error).toBeTruthy()
    expect(row.advice).toBeTruthy()
    await fleet.lab.servers.startService(LAB_SERVICES.nfs)
    await fleet.untilState(data.id, 'mounted', 120_000)
    await fleet.removeMount(data.id)
  })

  it('each has advice of its own', () => {
    expect(found.size).toBe(5)
    expect(new Set(found.values()).size).toBe(5)
  })
})

describe('discovery', () => {
  it('lists the exports of the server', async () => {
    const found = await fleet.discover('nfs', 'exports', { server: servers.address })
    expect(found).toEqual(expect.arrayContaining([exports.readWrite, exports.readOnly, exports.elsewhere]))
  })
})
