import { expect, it } from 'vitest'
import type { Inspected } from '@/lib/attach-targets/docker/inspect'
import { anonymousVolumes, mountsOf, sameAgain, sourcesOf, without } from '@/lib/attach-targets/docker/same-again'
import {
  composeSnippet,
  mountOption,
  quadletSnippet,
  runSnippet,
  shellWord,
} from '@/lib/attach-targets/docker/snippets'

const ID = 'ab'.repeat(32)
const ANONYMOUS = 'cd'.repeat(32)

function container(over: Partial<Inspected['HostConfig']> = {}, networks: object = {}): Inspected {
  return {
    ...{ Id: ID, Name: '/web', Image: 'sha256:1', State: { Status: 'running' } },
    Config: { Image: 'nginx:1', Hostname: ID.slice(0, 12), Env: ['PASSWORD=x'] },
    HostConfig: { NetworkMode: 'shop', ...over },
    Mounts: [
      { Type: 'volume', Name: ANONYMOUS, Destination: '/cache', RW: true },
      { Type: 'volume', Name: 'data', Destination: '/data', RW: true },
      { Type: 'bind', Source: '/srv/x', Destination: '/x', RW: false },
    ],
    NetworkSettings: { Networks: networks as never },
  }
}

it('carries over volumes without a name, and nothing twice', () => {
  const given = container({
    Binds: ['/srv/x:/x:ro'],
    Mounts: [
      { Type: 'volume', Source: 'data', Target: '/data' },
      { Type: 'bind', Source: '/srv/y', Target: '/y' },
    ],
  })
  expect(mountsOf(given).map(({ Source, Target }) => `${Source} ${Target}`)).toEqual([
    'data /data',
    '/srv/y /y',
    `${ANONYMOUS} /cache`,
  ])
  expect(anonymousVolumes(given)).toEqual(['/cache'])
  expect(sourcesOf({ mounts: mountsOf(given), binds: ['/srv/x:/x:ro', 'data:/d'] })).toEqual(['/srv/y', '/srv/x'])
  expect(without(given, { path: '/srv/x', inside: '/x' }).binds).toEqual([])
  expect(without(given, { path: '/srv/other', inside: '/y' }).mounts).toHaveLength(3)
  expect(without(given, { path: null, inside: '/y' }).mounts).toHaveLength(2)
})

it('keeps the settings, its own networks and names, and makes nothing of its old id', () => {
  const networks = {
    shop: {
      Aliases: [ID.slice(0, 12), 'web'],
      IPAMConfig: { IPv4Address: '10.0.0.9' },
      MacAddress: '02:42:0a:00:00:09',
    },
    back: { Aliases: null, IPAMConfig: null },
  }
  const { body, further } = sameAgain(container({ Privileged: false }, networks), {
    image: 'nginx:1',
    mounts: [],
    binds: [],
    isOurs: false,
  })
  expect(body).toMatchObject({
    ...{ Image: 'nginx:1', Env: ['PASSWORD=x'] },
    HostConfig: { NetworkMode: 'shop', Privileged: false, Mounts: [], Binds: null },
    NetworkingConfig: {
      EndpointsConfig: { shop: { Aliases: ['web'], IPAMConfig: { IPv4Address: '10.0.0.9' } } },
    },
  })
  expect(body).not.toHaveProperty('Hostname')
  expect(further.map(({ network }) => network)).toEqual(['back'])
  const plain = sameAgain(container({ NetworkMode: 'default' }, { bridge: {} }), {
    ...{ image: 'x', mounts: [], binds: [], isOurs: false },
  })
  expect(plain.body).not.toHaveProperty('NetworkingConfig')
  expect(plain.further).toEqual([])
})

it('quotes what people write into files and shells', () => {
  const hostile = { path: '/mnt/it\'s, $HOME 100% "x"', inside: '/data', readOnly: true }
  expect(shellWord("it's")).toBe("'it'\\''s'")
  expect(mountOption(hostile)).toBe(
    'type=bind,"source=/mnt/it\'s, $HOME 100% ""x""",target=/data,bind-propagation=rslave,readonly',
  )
  expect(runSnippet({ path: '/mnt/a', inside: '/data', readOnly: false }, 'nginx:1')).toBe(
    'docker run \\\n  --mount type=bind,source=/mnt/a,target=/data,bind-propagation=rslave \\\n  nginx:1\n',
  )
  expect(composeSnippet(hostile)).toContain('source: "/mnt/it\'s, $$HOME 100% \\"x\\""')
  expect(composeSnippet(hostile)).toContain('read_only: true')
  expect(composeSnippet(hostile)).toContain('restart: "no"\n    labels: { holdfast.restart: unless-stopped }\n')
  expect(quadletSnippet(hostile)).toContain(`gate-path -- "/mnt/it's, $$HOME 100%% \\"x\\""\n`)
  expect(quadletSnippet({ path: '/mnt/a', inside: '/data', readOnly: false })).toContain(
    'Mount=type=bind,source=/mnt/a,target=/data,bind-propagation=rslave\n',
  )
})
