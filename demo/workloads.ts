import type { ObservedWorkload, WorkloadStorage } from '@/lib/agent-protocol/workloads'
import { testId } from '@/testing/ids'

/** A mount of the demo, by its name, as it is on hosts. */
export type DemoPlaces = ReadonlyMap<string, { id: string; mountPoint: string }>

interface Recipe {
  name: string
  target: 'docker' | 'libvirt' | 'lxc'
  image: string | null
  /** `mount:NAME/folder` of one of ours, a path, or `volume:NAME` of Docker; then where it is inside. */
  storage: readonly (readonly [string, string])[]
  /** On the first host: what it has at this place is of a mount that was made anew since. */
  stale?: string
  state?: ObservedWorkload['state']
  /** On every so many-th host of the role. */
  every?: number
  /** Only on these, by their numbers. Its disks may be volumes, which are attached when those are made (`attached.ts`). */
  on?: readonly string[]
}

const CONTAINERS: readonly Recipe[] = [
  {
    name: 'shop-web',
    target: 'docker',
    image: 'registry.example.com/shop/web:4.18',
    storage: [
      ['mount:container-data/shop', '/srv/shop'],
      ['mount:uploads-workers/shop', '/srv/uploads'],
    ],
  },
  {
    name: 'shop-worker',
    target: 'docker',
    image: 'registry.example.com/shop/worker:4.18',
    storage: [['mount:scratch', '/tmp/work']],
    stale: '/tmp/work',
  },
  {
    name: 'postgres',
    target: 'docker',
    image: 'postgres:17',
    every: 3,
    storage: [
      ['volume:shop_db', '/var/lib/postgresql/data'],
      ['mount:container-data/dumps', '/dumps'],
    ],
  },
  {
    name: 'prometheus',
    target: 'docker',
    image: 'prom/prometheus:v3.0.1',
    every: 4,
    storage: [['volume:prometheus', '/prometheus']],
  },
  { name: 'traefik', target: 'docker', image: 'traefik:v3.2', storage: [['/etc/traefik', '/etc/traefik']] },
  {
    name: 'nightly-report',
    target: 'docker',
    image: 'registry.example.com/tools/report:12',
    state: 'stopped',
    every: 2,
    storage: [['mount:shared/reports', '/out']],
  },
  {
    name: 'importer',
    target: 'docker',
    image: 'registry.example.com/tools/import:3',
    state: 'failed',
    every: 5,
    storage: [['mount:scratch/import', '/data']],
  },
]

const MACHINES: readonly Recipe[] = [
  {
    name: 'erp',
    target: 'libvirt',
    image: 'windows server 2022',
    every: 3,
    storage: [
      ['mount:vm-images/erp/system.qcow2', 'sda'],
      ['mount:vm-images/erp/data.qcow2', 'sdb'],
    ],
  },
  { name: 'mail', target: 'libvirt', image: 'debian 12', every: 4, storage: [['mount:vm-images/mail.qcow2', 'vda']] },
  {
    name: 'gitlab',
    target: 'libvirt',
    image: 'ubuntu 24.04',
    every: 6,
    storage: [
      ['/var/lib/libvirt/images/gitlab.qcow2', 'vda'],
      ['virtiofs:shared/git', 'repositories'],
    ],
  },
  { name: 'web', target: 'libvirt', image: 'debian 13', on: ['02', '03', '04'], storage: [] },
  { name: 'proxy', target: 'libvirt', image: 'debian 13', on: ['05', '06'], storage: [] },
  { name: 'erp-test', target: 'libvirt', image: 'windows server 2022', state: 'stopped', on: ['07'], storage: [] },
  { name: 'oracle', target: 'libvirt', image: 'oracle linux 9', on: ['01'], storage: [] },
  {
    name: 'staging',
    target: 'libvirt',
    image: null,
    state: 'paused',
    every: 5,
    storage: [['/dev/vg0/staging', 'vda']],
  },
  {
    name: 'old-intranet',
    target: 'libvirt',
    image: 'debian 9',
    state: 'stopped',
    every: 6,
    storage: [['mount:vm-images/intranet.raw', 'vda']],
  },
]

const SHOP_MACHINES: readonly Recipe[] = [
  { name: 'shop', target: 'libvirt', image: 'ubuntu 24.04', on: ['01', '02'], storage: [] },
]

const SYSTEM_CONTAINERS: readonly Recipe[] = [
  { name: 'mirror', target: 'lxc', image: null, storage: [['mount:build-cache/mirror', '/srv/mirror']] },
  { name: 'runner', target: 'lxc', image: null, storage: [['/var/lib/lxc/runner/rootfs', '/']] },
]

const BY_PREFIX: Readonly<Record<string, readonly Recipe[]>> = {
  kube: CONTAINERS,
  web: [...CONTAINERS.filter(({ name }) => name === 'traefik' || name === 'postgres'), ...SHOP_MACHINES],
  hv: MACHINES,
  build: SYSTEM_CONTAINERS,
}

/** What a host of the demo runs, by its name, such as `hv-fra1-03`. */
export function demoWorkloads(host: string, hostId: string, places: DemoPlaces): ObservedWorkload[] {
  const [prefix = '', site = '', number = ''] = host.split('-')
  const index = Number(number) - 1
  return (BY_PREFIX[prefix] ?? [])
    .filter(({ every = 1, on }) => (on === undefined ? index % every === 0 : on.includes(number)))
    .map((recipe) => {
      // What runs on many hosts of a kind has the same name on all of them, and a machine is on one.
      const name = recipe.target === 'libvirt' ? `${recipe.name}-${site}-${number}` : recipe.name
      const storage = recipe.storage
        .flatMap((each) => demoStorage(each, places))
        .map((each) => (index === 0 && each.target === recipe.stale ? { ...each, stale: true as const } : each))
      const nativeId = nativeIdOf(recipe.target, `${host}/${name}`, name)
      return {
        workloadId: testId('workload', `${hostId} ${recipe.target} ${nativeId}`),
        target: recipe.target,
        nativeId,
        name,
        state: recipe.state ?? 'running',
        image: recipe.image,
        storage,
        storageCount: storage.length,
        problem: null,
      }
    })
}

function nativeIdOf(target: Recipe['target'], what: string, name: string): string {
  if (target === 'lxc') return name
  const hex = Buffer.from(testId('workload', what)).toString('hex').slice(8).padEnd(64, '0')
  if (target === 'docker') return hex.slice(0, 64)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

/** None where the host has no such mount. */
function demoStorage([from, target]: readonly [string, string], places: DemoPlaces): WorkloadStorage[] {
  const [, word = '', rest = ''] = /^(mount|virtiofs|volume):(.*)$/.exec(from) ?? []
  const isDisk = !target.startsWith('/')
  const own = { target, readOnly: false, mountId: null, volumeId: null, name: null }
  if (word === '') return [{ ...own, kind: isDisk ? 'disk' : 'bind', source: from }]
  if (word === 'volume') {
    return [{ ...own, kind: 'volume', name: rest, source: `/var/lib/docker/volumes/${rest}/_data` }]
  }
  const [name = '', ...folders] = rest.split('/')
  const place = places.get(name)
  if (place === undefined) return []
  const source = [place.mountPoint, ...folders].join('/')
  const kind = word === 'virtiofs' ? 'virtiofs' : isDisk ? 'disk' : 'bind'
  return [{ ...own, kind, source, mountId: place.id }]
}
