import { z } from 'zod'
import { defineDriver } from '@/lib/drivers/contract/descriptor'
import type { BindMountRequest, Mounting } from '@/lib/drivers/contract/mount-request'
import { checked, pathProblem, withoutTrailingSlash } from '@/lib/drivers/grammar'
import { problems } from '@/lib/drivers/local-dir/problems'
import { MOUNT_FIELDS } from '@/lib/drivers/options/mount-fields'
import { mountOptions } from '@/lib/drivers/options/mount-options'

/** System trees: a bind mount of one of these would hand out the host itself. The agent's own policy comes on top. */
const DENIED_TREES = [
  '/proc',
  '/sys',
  '/dev',
  '/run',
  '/var/run',
  '/boot',
  '/etc',
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/root',
  '/var/lib/docker',
  '/var/lib/containerd',
  '/var/lib/libvirt',
  '/var/lib/holdfast',
  '/var/lib/systemd',
]
/** Refused themselves; folders below them are fine. */
const DENIED_EXACT = ['/', '/var', '/var/lib', '/home', '/tmp', '/var/tmp', '/opt']

function sourceProblem(value: string): string | null {
  const problem = pathProblem(value, 1024)
  if (problem !== null) return problem
  const path = withoutTrailingSlash(value)
  const tree = DENIED_TREES.find((denied) => path === denied || path.startsWith(`${denied}/`))
  if (tree !== undefined)
    return `${tree} belongs to the system and cannot be shared; choose a data directory such as /srv/media.`
  if (DENIED_EXACT.includes(path)) return `${path} as a whole cannot be shared; choose a directory below it.`
  return null
}

const LocalDirConfig = z.strictObject({
  path: checked(sourceProblem).overwrite(withoutTrailingSlash),
  noexec: z.boolean().default(false),
  read_only: z.boolean().default(false),
})

export const bindMounting: Mounting<z.infer<typeof LocalDirConfig>, BindMountRequest> = {
  fsTypes: [],
  request: (config, { path, readOnly }) => ({
    kind: 'bind',
    source: config.path,
    target: path,
    options: mountOptions({ noexec: config.noexec }),
    readOnly: readOnly || config.read_only,
  }),
}

export const localDir = defineDriver({
  id: 'local-dir',
  title: 'Local directory',
  summary: 'a directory that is already on the host, bound to a second place',
  access: 'file',
  config: LocalDirConfig,
  secrets: z.strictObject({}),
  fixedAfterCreate: {
    path: 'Another directory is another storage: create a new backend for it.',
  },
  // Each host has its own directories, and they may lie elsewhere.
  overridable: ['path', 'noexec'],
  fields: {
    path: {
      label: 'Directory',
      help: 'Absolute path on every host that mounts it. It must exist already, below a directory that the host allows: /mnt, /srv, /media, /home, /data or /opt, unless its agent.json says otherwise.',
      placeholder: '/srv/media',
      group: 'essential',
      control: 'path',
    },
    read_only: MOUNT_FIELDS.read_only,
    noexec: MOUNT_FIELDS.noexec,
  },
  capabilities: ['mount', 'usage'],
  discoveries: {},
  scope: 'host',
  hostCommands: ['mount', 'umount'],
  servers: () => [],
  problems,
  describeSource: (config) => config.path,
  mounting: bindMounting,
  wolfstack: { type: 'directory', fields: { path: 'source' }, configFrom: ({ source }) => ({ path: source }) },
  existingMounts: {
    fsTypes: [],
    readsBinds: true,
    read({ source, options }) {
      const noexec = options.includes('noexec')
      return { config: { path: source, ...(noexec ? { noexec } : {}) }, needs: [], leftOut: [] }
    },
  },
})
