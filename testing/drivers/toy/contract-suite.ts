import { describeDriver } from '@/testing/drivers/describe-driver'
import type { DriverRig } from '@/testing/drivers/driver-case'
import { FakeHost, failure, fakeStorage } from '@/testing/drivers/fake-host'
import { NO_MEMORY, toyHost } from './host'

interface Rig extends DriverRig {
  host: FakeHost
}

async function rig(): Promise<Rig> {
  const host = new FakeHost()
  host.storages.set('none', fakeStorage())
  const target = { mountId: 'mnt_1', path: '/mnt/toy', readOnly: false }
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
  driver: toyHost,
  config: { size: 67_108_864 },
  secrets: {},
  rig,
  shown: { instead: [] },
  limitMs: 5_000,
  hang: ({ host }) => void host.storages.set('none', fakeStorage({ state: 'hung' })),
  outage: {
    begin: ({ host }) => void Object.assign(host.storages.get('none') ?? {}, { state: 'hung' }),
    end: ({ host }) => void Object.assign(host.storages.get('none') ?? {}, { state: 'ok' }),
    problem: 'mount.hung',
  },
  failures: [
    {
      name: 'no memory left',
      arrange: ({ host }) => {
        host.mountFailure = failure('mount', 32, 'mount: /mnt/toy: cannot allocate memory.')
      },
      step: 'mount',
      problem: NO_MEMORY,
    },
  ],
})
