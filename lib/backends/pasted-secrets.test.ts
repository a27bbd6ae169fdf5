import { expect, it } from 'vitest'
import { POST as wolfstack } from '@/app/api/storage/mounts/route'
import { PATCH } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as create } from '@/app/api/v1/storage/backends/route'
import { POST as test } from '@/app/api/v1/storage/backends/test/route'
import { POST as makePlan } from '@/app/api/v1/storage/plans/route'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'

const SECRET = 'canary-pasted-1'
const SMB = { server: 'nas', share_name: 's', username: 'bob' }
const NFS = { server: 'nas', export_path: '/e' }
const S3 = { endpoint: 'https://s3.example.com', bucket: 'media', access_key_id: 'AK' }

/** Where other programs have a sign-in: in front of servers, behind paths, among options. */
const CASES: [string, Record<string, unknown>][] = [
  ['cifs', { server: `//bob:${SECRET}@nas/s` }],
  ['cifs', { server: `smb://HOME;bob:${SECRET}@nas/s` }],
  ['cifs', { ...SMB, server: `bob:${SECRET}@nas` }],
  ['cifs', { ...SMB, username: `bob%${SECRET}` }],
  ['cifs', { ...SMB, path: `a?password=${SECRET}` }],
  ['cifs', { ...SMB, mount_options: `vers=3.0,password=${SECRET}` }],
  ['http', { base_url: `https://bob:${SECRET}@files.example.com/pub` }],
  ['http', { base_url: `https://${SECRET}@files.example.com/pub` }],
  ['http', { base_url: `https://files.example.com/pub?token=${SECRET}` }],
  ['s3', { ...S3, endpoint: `https://AK:${SECRET}@s3.example.com` }],
  ['s3', { ...S3, endpoint: `https://${SECRET}@s3.example.com` }],
  ['s3', { ...S3, cdn_enabled: true, cdn_url: `https://bob:${SECRET}@cdn.example.com` }],
  ['nfs', { server: `nfs://bob:${SECRET}@nas/e` }],
  ['nfs', { ...NFS, export_path: `/e,password=${SECRET}` }],
  ['nfs', { ...NFS, mount_options: `vers=4.1,x-note=${SECRET},comment=${SECRET}` }],
  ['iscsi', { portal: `iscsi://bob%${SECRET}@san/iqn.2001-04.com.example:x/0` }],
  ['ceph-rbd', { monitors: `admin:${SECRET}@10.0.0.1`, pool: 'rbd' }],
]

testDatabases('a secret that was pasted into another field', (database) => {
  const api = useTestApi(database)
  // Secrets are sealed for the controller.
  useTestFleet(database)
  let number = 0

  it.each(CASES)('of %s is in no answer: %j', async (type, config) => {
    const name = `pasted ${++number}`
    const call = (route: typeof create, body: unknown) =>
      api.call('operator', route, 'POST', { body, headers: { 'idempotency-key': `pasted-${++number}-key` } })
    const made = await call(create, { name, type, config })
    const source = config.server ?? config.endpoint ?? config.base_url ?? config.portal ?? 'x'
    const record = { name, type: type === 'cifs' ? 'smb' : type, source, mount_point: '/mnt/x', do_mount: false }
    const answers = [
      made,
      await call(test, { type, config }),
      await call(wolfstack, { ...record, nfs_options: config.mount_options }),
    ]
    if (made.status === 201) {
      const { id } = (made.body as { data: { id: string } }).data
      answers.push(await api.call('operator', PATCH, 'PATCH', { params: { id }, body: { config } }))
      answers.push(await call(makePlan, { action: 'update_backend', backend_id: id, change: { config } }))
    }
    for (const { text } of answers) expect(text).not.toContain(SECRET)
  })

  it('is in no table', async () => {
    const { backend, backendSecret, auditEntry, idempotencyKey, operation, mount } = database.prisma
    const tables = [backend, backendSecret, auditEntry, idempotencyKey, operation, mount] as {
      findMany(): Promise<unknown[]>
    }[]
    const rows = await Promise.all(tables.map((table) => table.findMany()))
    expect(rows.slice(0, 4).every((found) => found.length > 0)).toBe(true)
    expect(JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? Number(value) : value))).not.toContain(
      SECRET,
    )
  })
})
