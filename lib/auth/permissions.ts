import type { Role } from '@/lib/users/schema'

/** Who may do what. A permission is `<noun>.<verb>`; every route and every service names one of these. */
const ROLES_BY_PERMISSION = {
  'api.read': ['viewer', 'operator', 'admin'],
  'events.read': ['viewer', 'operator', 'admin'],
  'backends.read': ['viewer', 'operator', 'admin'],
  'backends.write': ['operator', 'admin'],
  'backends.test': ['operator', 'admin'],
  'mounts.read': ['viewer', 'operator', 'admin'],
  'mounts.write': ['operator', 'admin'],
  /** Lazy unmount: writes that are still under way are lost. */
  'mounts.abandon': ['admin'],
  'pools.read': ['viewer', 'operator', 'admin'],
  'pools.write': ['operator', 'admin'],
  /** Forget a pool with all that is in it, where its storage or its host is gone for good. */
  'pools.abandon': ['admin'],
  /** What is in the files of pools: disks, and what is on them. */
  'files.download': ['operator', 'admin'],
  'files.upload': ['operator', 'admin'],
  'volumes.read': ['viewer', 'operator', 'admin'],
  'volumes.write': ['operator', 'admin'],
  /** Delete a volume for good before its time in the trash is over. */
  'volumes.purge': ['admin'],
  'repositories.read': ['viewer', 'operator', 'admin'],
  'repositories.write': ['operator', 'admin'],
  /** Delete a repository, end the lease of a program, and have it take backups although it is full. */
  'repositories.admin': ['admin'],
  /** Say that a backup program of others works in a repository. */
  'repositories.lease': ['operator', 'admin'],
  /** Containers and machines of all hosts, with the paths that they are given. */
  'workloads.read': ['viewer', 'operator', 'admin'],
  /** See the screens of virtual machines, and type there. */
  'consoles.open': ['operator', 'admin'],
  /** Take out what is in the clipboard of a machine. */
  'consoles.copy': ['admin'],
  /** End what somebody else looks at, and decide which way the clipboard of a machine goes. */
  'consoles.admin': ['admin'],
  /** Give volumes to machines and take them away, start and stop machines. */
  'workloads.write': ['operator', 'admin'],
  'hosts.read': ['viewer', 'operator', 'admin'],
  'hosts.refresh': ['operator', 'admin'],
  'hosts.admin': ['admin'],
  'operations.read': ['viewer', 'operator', 'admin'],
  'operations.write': ['operator', 'admin'],
  /** What needs a person, with the names of hosts, mounts and backends. */
  'attention.read': ['viewer', 'operator', 'admin'],
  /** Acknowledge it for everybody. */
  'attention.write': ['operator', 'admin'],
  /** Capacity of everything over time, with the names of backends, pools, mounts and hosts. */
  'monitoring.read': ['viewer', 'operator', 'admin'],
  /** Where messages about alerts go, and what became of them. */
  'notifiers.read': ['operator', 'admin'],
  'notifiers.write': ['admin'],
  /** One's own sessions, password and profile. */
  'account.own': ['viewer', 'operator', 'admin'],
  'users.admin': ['admin'],
  'tokens.admin': ['admin'],
  'audit.read': ['admin'],
  /** All figures and states in one text, for Prometheus: the names of everything, and nothing that could be read of it elsewhere. */
  'metrics.read': ['viewer', 'operator', 'admin'],
  /** How Holdfast itself does. */
  'system.read': ['operator', 'admin'],
  /** How long history is kept. */
  'system.admin': ['admin'],
} as const satisfies Record<string, readonly Role[]>

export type Permission = keyof typeof ROLES_BY_PERMISSION

export const PERMISSIONS = Object.keys(ROLES_BY_PERMISSION) as Permission[]

export function isPermission(value: string): value is Permission {
  return Object.hasOwn(ROLES_BY_PERMISSION, value)
}

const BY_ROLE: Record<Role, ReadonlySet<Permission>> = {
  viewer: permissionsFor('viewer'),
  operator: permissionsFor('operator'),
  admin: permissionsFor('admin'),
}

function permissionsFor(role: Role): ReadonlySet<Permission> {
  return new Set(
    PERMISSIONS.filter((permission) => (ROLES_BY_PERMISSION[permission] as readonly Role[]).includes(role)),
  )
}

/** What a role may do; with scopes, only those of them that the role has. */
export function permissionsOf(role: Role, scopes: readonly string[] | null = null): ReadonlySet<Permission> {
  if (scopes === null) return BY_ROLE[role]
  return new Set([...BY_ROLE[role]].filter((permission) => scopes.includes(permission)))
}
