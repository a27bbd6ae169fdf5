/** Groups of the API, in the order in which people need them. Paths of products that Holdfast replaces come last. */
export const TAGS: readonly { name: string; description: string }[] = [
  { name: 'backends', description: 'Storages: define, test, change, open.' },
  { name: 'mounts', description: 'Backends at a path on hosts.' },
  { name: 'pools', description: 'Backends that hold volumes, open on hosts.' },
  { name: 'volumes', description: 'Disks in pools: create, clone, snapshot, grow, delete.' },
  { name: 'repositories', description: 'Places for backups: how full, and who works there.' },
  { name: 'hosts', description: 'Machines with an agent, and what they have.' },
  { name: 'workloads', description: 'Containers and machines of hosts, and the storage that they use.' },
  { name: 'machines', description: 'Virtual machines that are made from here.' },
  { name: 'machine-plans', description: 'What making a virtual machine would do, before it is made.' },
  { name: 'workload-plans', description: 'What making a container would do, before it is made.' },
  { name: 'uses', description: 'What needs what, over all steps.' },
  { name: 'consoles', description: 'Screens of virtual machines: open, see who looks, end.' },
  { name: 'operations', description: 'What was asked for, how far it is, and how it ended.' },
  { name: 'attention', description: 'What is wrong now, by its cause.' },
  { name: 'alerts', description: 'What is wrong and has lasted, and what was.' },
  { name: 'silences', description: 'Of what nobody is told, until when.' },
  { name: 'monitoring', description: 'Capacity of all storages: how much, since when, until when.' },
  { name: 'notifiers', description: 'Where messages about alerts go, and what became of them.' },
  { name: 'alert-rules', description: 'From where on something is trouble, and how bad.' },
  { name: 'maintenance-windows', description: 'When something is worked on, and nobody is to be told.' },
  { name: 'plans', description: 'What a change would do, before it is made.' },
  { name: 'import', description: 'Take over what another tool has configured.' },
  { name: 'import-rclone', description: 'Take over an rclone.conf.' },
  { name: 'search', description: 'Find anything by its name.' },
  { name: 'events', description: 'What has changed, as it happens.' },
  { name: 'audit', description: 'Who has changed what.' },
  { name: 'account', description: 'The person or token that asks.' },
  { name: 'sign-in', description: 'What signing in asks beside the password, and passkeys.' },
  { name: 'sessions', description: 'Browsers that are signed in.' },
  { name: 'tokens', description: 'Keys for programs.' },
  { name: 'users', description: 'People and their roles.' },
  { name: 'password-reset', description: 'A new password by a link that works once.' },
  { name: 'setup', description: 'The first administrator.' },
  { name: 'installation', description: 'This Holdfast itself.' },
  { name: 'system', description: 'How Holdfast itself is.' },
  { name: 'metrics', description: 'Everything in figures, for Prometheus.' },
  { name: 'health', description: 'For monitoring and load balancers.' },
  { name: 'openapi.json', description: 'The description of the API.' },
]

/** Of paths that are answered so that programs written for another product go on working. */
export const ALIASES = {
  name: 'wolfstack',
  description:
    'Paths and records of WolfStack, for programs that were written for it. The rest of `/api/storage/` answers as `/api/v1/storage/` does. New programs use the paths above.',
} as const

/** The group of a path: its noun, or the product whose path it is. */
export function tagOf(path: string): string {
  const [api, first = '', ...rest] = path.split('/').filter((part) => part !== '')
  if (api !== 'api') return ALIASES.name
  if (first === 'health') return 'health'
  if (first !== 'v1') return ALIASES.name
  return (rest[0] === 'storage' ? rest[1] : rest[0]) ?? 'api'
}

/** Where a group stands; one that no list has, before the aliases. */
export function rankOf(tag: string): number {
  if (tag === ALIASES.name) return TAGS.length + 1
  const place = TAGS.findIndex(({ name }) => name === tag)
  return place === -1 ? TAGS.length : place
}

/** Paths as a reader wants them: by group, and within it the shorter first. */
export function inReadingOrder(paths: readonly string[]): string[] {
  const depth = (path: string) => path.split('/').length
  return paths.toSorted(
    (one, other) => rankOf(tagOf(one)) - rankOf(tagOf(other)) || depth(one) - depth(other) || one.localeCompare(other),
  )
}
