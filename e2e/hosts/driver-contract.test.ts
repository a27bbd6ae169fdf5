import { afterAll, beforeAll, expect, it } from 'vitest'
import { LAB_SERVICES, type Lab, useLab } from '@/e2e/support/lab'
import { labFacts } from '@/e2e/support/lab-facts'
import { installRemoteHost, openRemoteHost, type RemoteHost } from '@/e2e/support/remote-host'
import { nfsHost } from '@/lib/drivers/nfs/host'
import { toHostBackend } from '@/lib/drivers/registry'
import { s3Host } from '@/lib/drivers/s3/host'
import { type DriverRig, describeDriver, type FailureCase } from '@/lib/drivers/testing/describe-driver'
import { newRecording, recordingContext } from '@/lib/drivers/testing/recording'

/** The contract of the drivers against real servers: the drivers run here, every hand they lay on a host is in the guest. */
const { nfs, s3, servers, nobody } = labFacts
const LIMIT_MS = 80_000
const TARGET = '/mnt/holdfast-contract'

let lab: Lab
let remote: RemoteHost

beforeAll(async () => {
  lab = await useLab()
  await installRemoteHost(lab.host)
  remote = await openRemoteHost(lab.host)
})
afterAll(async () => {
  await remote?.close()
  await lab?.close()
})

interface Rig extends DriverRig {
  /** Undone when the test is over. */
  later(undo: () => Promise<unknown>): void
}

async function rig(): Promise<Rig> {
  const undo: (() => Promise<unknown>)[] = []
  const target = { mountId: 'mnt_contract', path: TARGET, readOnly: false }
  return {
    host: remote.host,
    target,
    later: (work) => undo.push(work),
    hold: async () => {
      const pid = await lab.host.ok(`cd ${TARGET} && { sleep 600 >/dev/null 2>&1 & echo $!; }`)
      return async () =>
        void (await lab.host.ok(`kill -9 ${pid}; while kill -0 ${pid} 2>/dev/null; do sleep 0.05; done`))
    },
    close: async () => {
      for (const work of undo.reverse()) await work()
      await remote.host.fuse.stop('holdfast-mnt_contract', TARGET)
      await remote.clean()
    },
  }
}

/** Stops a server for this test only; radosgw listens some seconds after its unit has started. */
function stopped(unit: string, port: number): (rig: Rig) => Promise<void> {
  return async ({ later }) => {
    await lab.servers.stopService(unit)
    later(async () => {
      await lab.servers.startService(unit)
      await lab.host.ok(`until (exec 3<>/dev/tcp/${servers.address}/${port}) 2>/dev/null; do sleep 0.2; done`)
    })
  }
}

function hidden(program: string): (rig: Rig) => Promise<void> {
  return async ({ later }) => later(await lab.host.hideProgram(program))
}

function blackholed(port: number): (rig: Rig) => Promise<void> {
  return async ({ later }) => {
    await lab.servers.blackhole(true, { ports: [port] })
    later(() => lab.servers.blackhole(false))
  }
}

const common = { rig, limitMs: LIMIT_MS }

const nfsFailures: FailureCase<Rig>[] = [
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
      await lab.servers.exec(`dd if=/dev/zero of=${nfs.exports.small}/fill bs=64k status=none; sync`)
      later(() => lab.servers.ok(`rm -f ${nfs.exports.small}/fill`))
    },
    step: 'write',
    problem: 'write.full',
  },
]

const nfsConfig = { server: servers.address, export_path: nfs.exports.readWrite }
describeDriver<Rig>('the lab, NFS 3', {
  ...common,
  driver: nfsHost,
  config: { ...nfsConfig, version: '3' },
  secrets: {},
  failures: [],
})
describeDriver<Rig>('the lab, NFS 4.2', {
  ...common,
  driver: nfsHost,
  config: nfsConfig,
  secrets: {},
  failures: nfsFailures,
  hang: blackholed(nfs.port),
})

it.each(['3', '4.0', '4.1', '4.2'])('mounts NFS %s and no other version', async (version) => {
  const { host, target, close } = await rig()
  try {
    const backend = toHostBackend('bkd_contract', 'nfs', { ...nfsConfig, version, nconnect: 2, noatime: true }, {})
    await nfsHost.mount?.(backend, target, recordingContext(host, newRecording(), LIMIT_MS))
    const entry = host.mounts.list().find((mount) => mount.target === TARGET)
    expect(entry?.superOptions).toEqual(expect.arrayContaining([`vers=${version}`, 'hard', 'timeo=600', 'retrans=2']))
    expect(entry?.options).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'noatime']))
    await nfsHost.unmount?.(backend, target, recordingContext(host, newRecording(), LIMIT_MS))
  } finally {
    await close()
  }
})

it('finds the exports of the server, and its root where it lists none', async () => {
  const backend = toHostBackend('bkd_contract', 'nfs', { server: servers.address }, {}, { partial: true })
  const discover = () => nfsHost.discover?.exports?.(backend, recordingContext(remote.host, newRecording(), LIMIT_MS))
  const listed = await discover()
  expect(listed?.map(({ value }) => value)).toEqual(
    expect.arrayContaining([nfs.exports.readWrite, nfs.exports.elsewhere]),
  )
  await lab.servers.stopService('rpcbind.socket rpcbind.service')
  try {
    expect((await discover())?.map(({ value }) => value)).toEqual(['/srv'])
  } finally {
    await lab.servers.startService('rpcbind.socket rpcbind.service nfs-mountd')
  }
})

it('finds the buckets of the key, and what Ceph says is stored', async () => {
  const { bucket, ...rest } = s3Config
  const secrets = { secret_access_key: s3.secretKey }
  const context = () => recordingContext(remote.host, newRecording(), LIMIT_MS)
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
describeDriver<Rig>('the lab, radosgw', {
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
