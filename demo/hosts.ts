import { demoDisks } from '@/demo/disks'
import type { HostInfo } from '@/lib/agent-protocol/messages'
import { ALL_TYPES } from '@/lib/drivers/registry'

export interface DemoHost {
  name: string
  labels: Record<string, string>
  info: Partial<HostInfo>
}

const DEBIAN = { id: 'debian', name: 'Debian GNU/Linux 13 (trixie)', version: '13' }
const UBUNTU = { id: 'ubuntu', name: 'Ubuntu 24.04.3 LTS', version: '24.04' }
const ALMA = { id: 'almalinux', name: 'AlmaLinux 10.0', version: '10.0' }

interface Group {
  prefix: string
  count: number
  site: string
  racks: readonly string[]
  role: string
  distribution: HostInfo['distribution']
  kernel: string
}

/** Two data centres, a small third one, and machines in shops: 50 hosts. */
const GROUPS: readonly Group[] = [
  {
    prefix: 'hv',
    count: 12,
    site: 'fra1',
    racks: ['a1', 'a2'],
    role: 'hypervisor',
    distribution: DEBIAN,
    kernel: '6.12.41+deb13-amd64',
  },
  {
    prefix: 'kube',
    count: 10,
    site: 'fra1',
    racks: ['a3', 'a4'],
    role: 'container',
    distribution: UBUNTU,
    kernel: '6.8.0-79-generic',
  },
  {
    prefix: 'db',
    count: 4,
    site: 'fra1',
    racks: ['a2'],
    role: 'database',
    distribution: DEBIAN,
    kernel: '6.12.41+deb13-amd64',
  },
  {
    prefix: 'bak',
    count: 2,
    site: 'fra1',
    racks: ['a4'],
    role: 'backup',
    distribution: DEBIAN,
    kernel: '6.12.41+deb13-amd64',
  },
  {
    prefix: 'web',
    count: 6,
    site: 'ams2',
    racks: ['b1'],
    role: 'web',
    distribution: UBUNTU,
    kernel: '6.8.0-79-generic',
  },
  {
    prefix: 'kube',
    count: 6,
    site: 'ams2',
    racks: ['b2'],
    role: 'container',
    distribution: UBUNTU,
    kernel: '6.8.0-79-generic',
  },
  {
    prefix: 'build',
    count: 4,
    site: 'ber',
    racks: ['c1'],
    role: 'build',
    distribution: ALMA,
    kernel: '6.12.0-55.el10.x86_64',
  },
  {
    prefix: 'edge',
    count: 6,
    site: 'shops',
    racks: ['-'],
    role: 'edge',
    distribution: DEBIAN,
    kernel: '6.1.0-39-arm64',
  },
]

const PROGRAMS = [
  { command: 'mount.nfs', path: '/usr/sbin/mount.nfs', version: '2.8.3', package: 'nfs-common' },
  { command: 'rclone', path: '/usr/bin/rclone', version: '1.60.1', package: 'rclone' },
  { command: 'fusermount3', path: '/usr/bin/fusermount3', version: '3.17.2', package: 'fuse3' },
  { command: 'mount.cifs', path: '/usr/sbin/mount.cifs', version: '7.4', package: 'cifs-utils' },
]

const TOOLS: HostInfo['tools'] = PROGRAMS.map((program) => ({
  ...program,
  neededBy: ALL_TYPES.filter(({ hostCommands }) => hostCommands.includes(program.command)).map(({ id }) => id),
}))

/** The host's own fields over what every simulated host says. One machine of a shop lacks rclone. */
export function demoHosts(drivers: readonly string[]): DemoHost[] {
  return GROUPS.flatMap((group) =>
    Array.from({ length: group.count }, (_, index) => {
      const number = String(index + 1).padStart(2, '0')
      const name = `${group.prefix}-${group.site}-${number}`
      const rack = group.racks[Math.floor((index * group.racks.length) / group.count)] ?? ''
      const isBare = group.role === 'edge' && index === 3
      const tools = TOOLS.map((tool) =>
        isBare && tool.command === 'rclone' ? { ...tool, path: null, version: null } : tool,
      )
      return {
        name,
        labels: { site: group.site, role: group.role, ...(rack === '-' ? {} : { rack }) },
        info: {
          hostname: name,
          distribution: group.distribution,
          kernel: group.kernel,
          architecture: group.role === 'edge' ? 'arm64' : 'x64',
          drivers: [...drivers],
          fileSystems: { nfs4: true, fuse: true, cifs: true },
          tools,
          ...demoDisks(name, group.role, index),
        },
      }
    }),
  )
}
