import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parseBoundVolumes, parseContainers, parseVersion } from '@/lib/attach-targets/docker/parse-containers'

const answer = JSON.parse(readFileSync(new URL('fixtures/containers.engine-27.json', import.meta.url), 'utf8'))

it('reads containers with their mounts; memory is no storage, and one that is not understood leaves the others', () => {
  expect(parseContainers(answer)).toEqual([
    {
      nativeId: '8dfafdbc3a40d5f9b1e5f1c4a7c1d2e3f40516273849a0b1c2d3e4f506172839',
      name: 'shop-db',
      state: 'running',
      image: 'postgres:17',
      storage: [
        {
          kind: 'volume',
          source: '/var/lib/docker/volumes/shop_data/_data',
          name: 'shop_data',
          target: '/var/lib/postgresql/data',
          isReadOnly: false,
        },
        { kind: 'bind', source: '/mnt/shared/dumps', name: null, target: '/dumps', isReadOnly: true },
      ],
    },
    expect.objectContaining({ name: 'shop-web', state: 'stopped', storage: [] }),
    { nativeId: '4cb07b47f9fb1e5f', name: '4cb07b47f9fb', state: 'failed', image: 'busybox', storage: [] },
  ])
})

it('knows a named volume that is a directory of the host by that directory, and keeps no password of others', () => {
  const of = (Name: string, Options: object | null, Driver = 'local') => ({ Name, Driver, Options, Scope: 'local' })
  const volumes = parseBoundVolumes({
    Volumes: [
      of('shop_data', { type: 'none', o: 'bind', device: '/mnt/shared/shop' }),
      of('remote', { type: 'cifs', o: 'addr=nas,password=geheim', device: '//nas/x' }),
      of('relative', { o: 'bind', device: 'x' }),
      of('elsewhere', { o: 'bind', device: '/y' }, 'rclone'),
      of('plain', null),
      'broken',
    ],
  })
  expect([...volumes]).toEqual([['shop_data', '/mnt/shared/shop']])
  expect(parseContainers(answer, volumes)[0]?.storage[0]).toMatchObject({
    kind: 'volume',
    source: '/mnt/shared/shop',
    name: 'shop_data',
  })
  expect([...parseBoundVolumes({ Volumes: null })]).toEqual([])
})

it('takes what is no list for no answer', () => {
  expect(() => parseContainers({ message: 'page not found' })).toThrow()
  expect(parseVersion({ Version: '27.3.1', ApiVersion: '1.47' })).toBe('27.3.1')
  expect(parseVersion([])).toBeNull()
})
