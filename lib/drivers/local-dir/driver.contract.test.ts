import { localDirHost } from '@/lib/drivers/local-dir/host'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { DriverRig } from '@/testing/drivers/driver-case'
import { FakeHost, failure, fakeStorage } from '@/testing/drivers/fake-host'

interface Rig extends DriverRig {
  host: FakeHost
}

async function rig(): Promise<Rig> {
  const host = new FakeHost()
  host.storages.set('/srv/media', fakeStorage())
  host.paths.set('/srv/media', 'directory').set('/srv/file', 'file')
  const target = { mountId: 'mnt_1', path: '/mnt/media', readOnly: false }
  return {
    host,
    target,
    hold: async () => {
      host.holders.set(target.path, 'bash (4711)')
      return async () => void host.holders.delete(target.path)
    },
    close: async () => undefined,
  }
}

describeDriver<Rig>('fake host', {
  driver: localDirHost,
  config: { path: '/srv/media' },
  secrets: {},
  rig,
  shown: { instead: [] },
  limitMs: 5_000,
  hang: ({ host }) => void host.storages.set('/srv/media', fakeStorage({ state: 'hung' })),
  outage: {
    begin: ({ host }) => void Object.assign(host.storages.get('/srv/media') ?? {}, { state: { errno: 'EIO' } }),
    end: ({ host }) => void Object.assign(host.storages.get('/srv/media') ?? {}, { state: 'ok' }),
    problem: 'access.failed',
  },
  failures: [
    { name: 'no such directory', config: { path: '/srv/missing' }, step: 'target', problem: 'local.missing' },
    { name: 'a file', config: { path: '/srv/file' }, step: 'target', problem: 'local.not_directory' },
    {
      name: 'mounting is forbidden',
      arrange: ({ host }) => {
        host.mountFailure = failure('mount', 32, 'mount: /mnt/media: permission denied.')
      },
      step: 'mount',
      problem: 'mount.not_permitted',
    },
    {
      name: 'read-only disk',
      arrange: ({ host }) => void host.storages.set('/srv/media', fakeStorage({ writeErrno: 'EROFS' })),
      step: 'write',
      problem: 'write.read_only',
    },
    {
      name: 'full disk',
      arrange: ({ host }) => void host.storages.set('/srv/media', fakeStorage({ freeBytes: 0 })),
      step: 'write',
      problem: 'write.full',
    },
  ],
})
