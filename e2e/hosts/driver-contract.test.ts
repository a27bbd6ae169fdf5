/** @module-tag full */
import { beforeAll, expect, it } from 'vitest'
import { contractLab, type LabRig, LIMIT_MS, TARGET } from '@/e2e/support/contract-lab'
import { LAB_SERVICES } from '@/e2e/support/lab'
import { wakeCeph } from '@/e2e/support/lab-ceph'
import { labFacts } from '@/e2e/support/lab-facts'
import { toHostBackend } from '@/lib/drivers/input'
import { nfsHost } from '@/lib/drivers/nfs/host'
import { s3Host } from '@/lib/drivers/s3/host'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { FailureCase } from '@/testing/drivers/driver-case'

const { nfs, s3, servers, nobody } = labFacts

const place = contractLab()
const { rig, hidden, stopped, blackholed } = place
beforeAll(() => wakeCeph(place.lab))
const common = { rig, limitMs: LIMIT_MS }

const nfsFailures: FailureCase<LabRig>[] = [
  { name: 'mount.nfs is missing', arrange: hidden('/sbin/mount.nfs'), step: 'tools', problem: 'tool.missing' },
  { name: 'nobody at the address', config: { server: nobody.address }, step: 'tcp', problem: 'network.no_route' },
  { name: 'server stopped', arrange: stopped(LAB_SERVICES.nfs, nfs.port), step: 'tcp', problem: 'network.refused' },
  { name: 'server blackholed', arrange: blackholed(nfs.port), step: 'tcp', problem: 'network.timed_out' },
  { name: 'another service on the port', config: { port: 111 }, step: 'protocol', problem: 'nfs.not_running' },
  { name: 'no such export', config: { export_path: nfs.missing }, step: 'mount', problem: 'nfs.export_missing' },
  {
    name: 'no such export, version 3',
    config: { export_path: nfs.missing, version: '3' },
    step: 'target',
    problem: 'nfs.export_missing',
  },
  {
    name: 'export for another host',
    config: { export_path: nfs.exports.elsewhere },
    step: 'mount',
    problem: 'nfs.export_denied',
  },
  { name: 'root may not look', config: { export_path: nfs.exports.denied }, step: 'mount', problem: 'access.denied' },
  {
    name: 'read-only export',
    config: { export_path: nfs.exports.readOnly },
    step: 'write',
    problem: 'write.read_only',
  },
  {
    name: 'full export',
    config: { export_path: nfs.exports.small },
    arrange: async ({ later }) => {
      await place.lab.servers.exec(`dd if=/dev/zero of=${nfs.exports.small}/fill bs=64k status=none; sync`)
      later(() => place.lab.servers.ok(`rm -f ${nfs.exports.small}/fill`))
    },
    step: 'write',
    problem: 'write.full',
  },
]

const nfsConfig = { server: servers.address, export_path: nfs.exports.readWrite }
describeDriver<LabRig>('the lab, NFS 3', {
  ...common,
  driver: nfsHost,
  config: { ...nfsConfig, version: '3' },
  secrets: {},
  failures: [],
})
describeDriver<LabRig>('the lab, NFS 4.2', {
  ...common,
  driver: nfsHost,
  config: { ...nfsConfig, version: '4.2' },
  secrets: {},
  failures: nfsFailures,
  hang: blackholed(nfs.port),
})

it.each(['3', '4.2'])('mounts NFS %s and no other version', mountsVersion)
it.each(['4.0', '4.1'])('mounts NFS %s and no other version', { tags: 'full' }, mountsVersion)

async function mountsVersion(version: string): Promise<void> {
  const { host, target, close } = await rig()
  try {
    const backend = toHostBackend('bkd_contract', 'nfs', { ...nfsConfig, version, nconnect: 2, noatime: true }, {})
    await nfsHost.mount?.(backend, target, place.context())
    const entry = host.mounts.list().find((mount) => mount.target === TARGET)
    expect(entry?.superOptions).toEqual(expect.arrayContaining([`vers=${version}`, 'hard', 'timeo=600', 'retrans=2']))
    expect(entry?.options).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'noatime']))
    await nfsHost.unmount?.(backend, target, place.context())
  } finally {
    await close()
  }
}

it('agrees on the highest version', async () => {
  const { host, target, close } = await rig()
  try {
    const backend = toHostBackend('bkd_contract', 'nfs', nfsConfig, {})
    await nfsHost.mount?.(backend, target, place.context())
    const entry = host.mounts.list().find((mount) => mount.target === TARGET)
    expect(entry?.superOptions).toContain('vers=4.2')
    await nfsHost.unmount?.(backend, target, place.context())
  } finally {
    await close()
  }
})

it('says of a missing export what version 4 says, when the version is open', async () => {
  const { target, close } = await rig()
  try {
    const backend = toHostBackend('bkd_contract', 'nfs', { ...nfsConfig, export_path: nfs.missing }, {})
    const failed = nfsHost.mount?.(backend, target, place.context())
    await expect(failed).rejects.toMatchObject({ details: { problem: 'nfs.export_missing' } })
  } finally {
    await close()
  }
})

it('finds the exports of the server, and its root where it lists none', async () => {
  const backend = toHostBackend('bkd_contract', 'nfs', { server: servers.address }, {}, { partial: true })
  const discover = () => nfsHost.discover?.exports?.(backend, place.context())
  const listed = await discover()
  expect(listed?.map(({ value }) => value)).toEqual(
    expect.arrayContaining([nfs.exports.readWrite, nfs.exports.elsewhere]),
  )
  await place.lab.servers.stopService('rpcbind.socket rpcbind.service')
  try {
    expect((await discover())?.map(({ value }) => value)).toEqual(['/srv'])
  } finally {
    await place.lab.servers.startService('rpcbind.socket rpcbind.service nfs-mountd')
  }
})

it('finds the buckets of the key, and what Ceph says is stored', async () => {
  const { bucket, ...rest } = s3Config
  const secrets = { secret_access_key: s3.secretKey }
  const { context } = place
  const partial = toHostBackend('bkd_contract', 's3', rest, secrets, { partial: true })
  expect(await s3Host.discover?.buckets?.(partial, context())).toEqual([
    { value: s3.buckets.full },
    { value: s3.buckets.empty },
  ])
  const usage = await s3Host.usage?.(toHostBackend('bkd_contract', 's3', { ...rest, bucket }, secrets), null, context())
  expect(usage).toEqual({ totalBytes: null, availableBytes: null, usedBytes: 30, fileCount: 2 })
})

const s3Config = {
  provider: 'Ceph',
  endpoint: s3.endpoint,
  bucket: s3.buckets.full,
  access_key_id: s3.accessKey,
  write_back: 1,
}
describeDriver<LabRig>('the lab, radosgw', {
  ...common,
  driver: s3Host,
  config: s3Config,
  secrets: { secret_access_key: s3.secretKey },
  hang: blackholed(s3.port),
  failures: [
    { name: 'rclone is missing', arrange: hidden('/usr/bin/rclone'), step: 'tools', problem: 'tool.missing' },
    { name: 'server stopped', arrange: stopped(LAB_SERVICES.s3, s3.port), step: 'tcp', problem: 'network.refused' },
    {
      name: 'wrong secret',
      secrets: { secret_access_key: s3.wrongSecretKey },
      step: 'authentication',
      problem: 's3.wrong_secret',
    },
    {
      name: 'unknown key',
      config: { access_key_id: s3.unknownAccessKey },
      step: 'authentication',
      problem: 's3.unknown_key',
    },
    { name: 'no such bucket', config: { bucket: s3.missing }, step: 'target', problem: 's3.no_bucket' },
    { name: "someone else's bucket", config: { bucket: s3.buckets.foreign }, step: 'target', problem: 's3.denied' },
  ],
})
