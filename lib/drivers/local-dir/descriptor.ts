import { z } from 'zod'
import { defineDriver } from '@/lib/drivers/contract/descriptor'
import type { FoundMount } from '@/lib/drivers/contract/existing-mount'
import type { BindMountRequest, Mounting } from '@/lib/drivers/contract/mount-request'
import type { TakenApart } from '@/lib/drivers/contract/taken-apart'
import { checked, pathProblem, withoutTrailingSlash } from '@/lib/drivers/grammar'
import { problems } from '@/lib/drivers/local-dir/problems'
import { MOUNT_FIELDS } from '@/lib/drivers/options/mount-fields'
import { mountOptions } from '@/lib/drivers/options/mount-options'
import { type OptionTable, sets, usual } from '@/lib/drivers/options/option-table'
import { readOptions } from '@/lib/drivers/options/read-options'
import { forbidsPrograms, SYSTEM_WORDS } from '@/lib/drivers/options/system-words'
import { unescapeField } from '@/lib/drivers/pasted'

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

export const LocalDirConfig = z.strictObject({
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

/** Every word that a line for a bind mount can have. */
export const BIND_OPTIONS: OptionTable<z.infer<typeof LocalDirConfig>> = {
  protocol: 'bind mount',
  words: {
    ...SYSTEM_WORDS,
    bind: usual,
    ro: sets({ read_only: true }),
    rw: sets({ read_only: false }),
    noexec: sets({ noexec: true }),
    exec: sets({ noexec: false }),
  },
}

/** A bind mount in force shows the options of the file system that it is on as well: only its own flags say something. */
function inForce(found: FoundMount): FoundMount {
  if (found.from === 'fstab') return found
  return { ...found, options: found.options.filter((option) => /^(?:ro|noexec|nosymfollow)$/.test(option)) }
}

/** `file:///srv/media`, what a shell wants around or before a space, and blanks around a path. */
function takePathApart({ path }: Readonly<Record<string, unknown>>): TakenApart[] {
  if (typeof path !== 'string') return []
  const bare = path.trim().replace(/^(["'])(\/.*)\1$/s, '$2')
  const place = unescapeField(bare.replace(/^file:\/\/(?=\/)/, '')).replaceAll('\\ ', ' ')
  // Two slashes at the beginning are a share of a server, and no directory.
  const tidy = place.startsWith('//') ? place : place.replace(/\/{2,}/g, '/')
  return tidy === path ? [] : [{ field: 'path', gives: { path: tidy } }]
}

export const localDir = defineDriver({
  id: 'local-dir',
  title: 'Local directory',
  olderTypes: ['LOCAL_DIR'],
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
  capabilities: ['mount', 'usage', 'volumes'],
  discoveries: {},
  scope: 'host',
  hostCommands: ['mount', 'umount'],
  servers: () => [],
  problems,
  takeApart: takePathApart,
  describeSource: (config) => config.path,
  mounting: bindMounting,
  volumes: {
    engine: 'image-files',
    refuses: (config) =>
      config.read_only ? 'It is read-only: turn that off, since a pool writes its volumes there.' : null,
  },
  wolfstack: { type: 'directory', fields: { path: 'source' }, configFrom: ({ source }) => ({ path: source }) },
  existingMounts: {
    fsTypes: [],
    readsBinds: true,
    read(found) {
      const { taken, leftOut, refusal } = readOptions(inForce(found), { table: BIND_OPTIONS, schema: LocalDirConfig })
      if (refusal !== null) return { reason: refusal }
      const noexec = taken.noexec === true || forbidsPrograms(found.options)
      return { config: { path: found.source, ...(noexec ? { noexec } : {}) }, needs: [], leftOut }
    },
  },
})
