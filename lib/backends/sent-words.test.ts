import { expect, it } from 'vitest'
import { z } from 'zod'
import { POST as duplicate } from '@/app/api/v1/storage/backends/[id]/duplicate/route'
import { GET as getOne, PATCH } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as create, GET as list } from '@/app/api/v1/storage/backends/route'
import { BackendView } from '@/lib/backends/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'

type Config = Record<string, unknown>

const NFS = { server: 'nas.example.com', export_path: '/export/media' }

/** A client of an older API reads what it has sent, and sends back what it has read with one thing changed. */
testDatabases('words of an older API', (database) => {
  const api = useTestApi(database)
  // Secrets are sealed for the controller.
  useTestFleet(database)
  let number = 0
  const make = async (type: string, config: Config) => {
    const made = await api.call('operator', create, 'POST', { body: { name: `words ${++number}`, type, config } })
    expect([made.status, made.body]).toEqual([201, expect.anything()])
    return made.data(BackendView)
  }
  const read = async (id: string) => (await api.call('viewer', getOne, 'GET', { params: { id } })).data(BackendView)
  const patch = async (id: string, body: object) => {
    const changed = await api.call('operator', PATCH, 'PATCH', { params: { id }, body })
    expect([changed.status, changed.body]).toEqual([200, expect.anything()])
    return changed.data(BackendView).config
  }

  it.each<[string, Config, Config]>([
    ['nfs', { ...NFS, mount_options: 'vers=4.1' }, { version: '4.1' }],
    ['nfs', { ...NFS, mount_options: 'rw,soft,_netdev', version: '4' }, { version: '4', on_outage: 'soft' }],
    ['nfs', { ...NFS, options: 'soft,timeo=100' }, { timeo: 100 }],
    ['iscsi', { target: 'san.local', port: 3260, chap_enabled: false }, { portal: 'san.local:3260' }],
    ['iscsi', { target: 'iqn.2023-01.com.example:a', port: 3260, chap_enabled: true }, {}],
    ['ceph-rbd', { monitors: '10.0.0.1', pool_name: 'vms', user: 'libvirt' }, { pool: 'vms' }],
    ['cifs', { server: 'nas', share: 'media', username: 'bob', password_secret: 'canary-pw' }, { share_name: 'media' }],
  ])('of %s come back: %o', async (type, sent, also) => {
    const made = await make(type, sent)
    const { password_secret, ...shown } = sent
    for (const view of [made, await read(made.id)]) {
      expect(view).toMatchObject({ type, config: { ...shown, ...also } })
      expect(JSON.stringify(view)).not.toContain('canary')
    }
    const listed = await api.call('viewer', list, 'GET', { query: `type=${type}` })
    const all = listed.data(z.array(BackendView))
    expect(all.find(({ id }) => id === made.id)).toEqual(await read(made.id))
  })

  it('that were taken apart are told by their names', async () => {
    const body = { name: 'words told', type: 'iscsi', config: { target: 'san.local', port: 3261 } }
    const { message } = (await api.call('operator', create, 'POST', { body })).body as { message: string }
    expect(message).toContain('What was entered as port was taken apart: Portal san.local:3261.')
    expect(message).toContain('What was entered as Target was taken apart: Portal san.local:3261.')
    expect(message).not.toContain('..')
  })

  it('are told of again only when they are changed', async () => {
    const messageOf = async (id: string, config: Config) => {
      const { body } = await api.call('operator', PATCH, 'PATCH', { params: { id }, body: { config } })
      return (body as { message: string }).message
    }
    const { id, config } = await make('iscsi', { target: 'san.local', port: 3261 })
    expect(await messageOf(id, { ...config, provisioning: 'thick' })).toBe('Backend updated successfully')
    const moved = await messageOf(id, { ...config, port: 3262 })
    expect(moved).toContain('What was entered as port was taken apart: Portal san.local:3262.')
    expect(moved).not.toContain('3261')
    const nfs = await make('nfs', { ...NFS, mount_options: 'soft,x-systemd.automount' })
    expect(await messageOf(nfs.id, { ...nfs.config, timeo: 90 })).toBe('Backend updated successfully')
    const longer = { ...nfs.config, mount_options: 'soft,x-systemd.automount,x-gvfs-hide' }
    expect(await messageOf(nfs.id, longer)).toContain('x-gvfs-hide')
    expect(await messageOf(nfs.id, { ...NFS, server: 'nas2:/export/media' })).toContain('Server nas2')
  })

  it('come along with a copy', async () => {
    const { id, config } = await make('iscsi', { target: 'san.local', port: 3261 })
    const body = { name: 'words copied' }
    const copied = (await api.call('operator', duplicate, 'POST', { params: { id }, body })).data(BackendView)
    expect(copied).toMatchObject({ type: 'iscsi', config })
  })

  it('are not kept where they hold something that not everybody may see', async () => {
    const { config } = await make('nfs', { ...NFS, mount_options: 'soft,x-note=canary' })
    expect(config).toMatchObject({ on_outage: 'soft' })
    expect(config).not.toHaveProperty('mount_options')
  })

  it('change their settings when they are sent back changed', async () => {
    const { id, config } = await make('nfs', { ...NFS, mount_options: 'vers=4.1,soft' })
    const changed = await patch(id, { config: { ...config, mount_options: 'vers=4.2' } })
    expect(changed).toMatchObject({ mount_options: 'vers=4.2', version: '4.2', on_outage: 'hard' })
    expect(await patch(id, { config: { ...changed, mount_options: 'vers=4.2,soft' } })).toMatchObject({
      mount_options: 'vers=4.2,soft',
      on_outage: 'soft',
    })
    expect(await patch(id, { name: 'words renamed', config: null })).toMatchObject({ mount_options: 'vers=4.2,soft' })
  })

  it('of a portal change it, too', async () => {
    const { id, config } = await make('iscsi', { target: 'san.local', port: 3260, chap_enabled: false })
    expect(await patch(id, { config: { ...config, port: 3261 } })).toMatchObject({
      target: 'san.local',
      port: 3261,
      portal: 'san.local:3261',
    })
  })

  it('give way to a setting that is sent back changed, and vanish where they would say otherwise', async () => {
    const { id, config } = await make('nfs', { ...NFS, mount_options: 'vers=4.1,soft' })
    const changed = await patch(id, { config: { ...config, version: '4.2' } })
    expect(changed).toMatchObject({ version: '4.2', on_outage: 'soft' })
    expect(changed).not.toHaveProperty('mount_options')
    const target = { portal: 'san.local', target: 'iqn.2023-01.com.example:a' }
    const iscsi = await make('iscsi', { target: 'san.local', port: 3260 })
    const named = await patch(iscsi.id, { config: target })
    expect(named).toMatchObject({ ...target, portal: 'san.local:3260' })
    expect(named).not.toHaveProperty('port')
    expect((await read(iscsi.id)).type).toBe('iscsi')
  })

  it('that contradict a setting which is changed as well are refused', async () => {
    const { id, config } = await make('nfs', { ...NFS, mount_options: 'vers=4.1' })
    const body = { config: { ...config, version: '4.2', mount_options: 'vers=3' } }
    const refused = await api.call('operator', PATCH, 'PATCH', { params: { id }, body })
    expect(refused.status).toBe(400)
  })

  it('alone are a change that no host hears of', async () => {
    const { id, generation } = await make('nfs', { ...NFS, mount_options: 'vers=4.1' })
    const body = { config: { ...NFS, mount_options: 'vers=4.1,hard' } }
    const { status, body: answer } = await api.call('operator', PATCH, 'PATCH', { params: { id }, body })
    expect([status, answer]).toMatchObject([200, { operations: [] }])
    expect(await read(id)).toMatchObject({ generation: generation + 1, config: { mount_options: 'vers=4.1,hard' } })
  })
})
