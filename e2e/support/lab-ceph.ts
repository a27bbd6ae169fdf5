import type { Lab } from './lab.ts'
import { labFacts } from './lab-facts.ts'

const { pool } = labFacts.ceph

/** Users of the lab's cluster with what they may do. The keys are valid to cephx and open nothing outside the lab. */
export const cephUsers = {
  /** Everything that Holdfast needs in the pool. */
  full: {
    name: 'holdfast',
    key: 'AQAAAABgAAAAABAAbm90LWEtcmVhbC1rZXktMQ==',
    caps: { mon: 'profile rbd', osd: `profile rbd pool=${pool}` },
  },
  /** One namespace of it. */
  tenant: {
    name: 'tenant',
    key: 'AQAAAABgAAAAABAAbm90LWEtcmVhbC1rZXktMg==',
    caps: { mon: 'profile rbd', osd: `profile rbd pool=${pool} namespace=tenant` },
  },
  /** May sign in, and nothing else. */
  none: { name: 'nocaps', key: 'AQAAAABgAAAAABAAbm90LWEtcmVhbC1rZXktMw==', caps: { mon: 'allow r' } },
} as const

export const cephNamespace = 'tenant'
/** Of nobody. */
export const wrongCephKey = 'AQAAAABgAAAAABAAbm90LWEtcmVhbC1rZXktNA=='

const WAKE = 'lab-ceph wake'

/** Ceph and its S3 gateway sleep in the lab's snapshot; a file that uses them wakes them first. Awake already: success. */
export async function wakeCeph({ servers }: Pick<Lab, 'servers'>): Promise<void> {
  await servers.ok(WAKE, { timeoutMs: 300_000 })
}

/**
 * A shell line for the servers guest that wakes Ceph and makes the users and the namespace; it may be run again. As few programs as
 * can be: `ceph` is Python, and takes five seconds of an emulated processor to start.
 */
export function makeCephUsers(): string {
  const users = Object.values(cephUsers).flatMap(({ name, key, caps }) => {
    const lines = Object.entries(caps).map(([kind, text]) => `caps ${kind} = "${text}"`)
    return [`[client.${name}]`, `key = ${key}`, ...lines]
  })
  const keyring = users.map((line) => `'${line}'`).join(' ')
  const made = (make: string, list: string, name: string) => `{ ${make} 2>/dev/null || ${list} | grep -qx ${name}; }`
  const namespace = `${pool}/${cephNamespace}`
  return [
    WAKE,
    `printf '%s\\n' ${keyring} | ceph auth import -i -`,
    made(`rbd namespace create ${namespace}`, `rbd namespace ls ${pool}`, cephNamespace),
    made(`rbd create --size 64 ${namespace}/one`, `rbd ls ${namespace}`, 'one'),
  ].join(' && ')
}
