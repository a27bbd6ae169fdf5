import type { CephRbdSettings } from '@/lib/drivers/ceph-rbd/config'
import type { Command } from '@/lib/drivers/contract/mount-request'

/** Seconds that the tools wait for a monitor. */
export const CONNECT_S = 10

/** Files in memory that last as long as the questions. */
export interface ClusterFiles {
  conf: string
  keyring: string
}

/** A question to the cluster, before it is known as whom it is asked. */
export type Question = Command & { command: 'ceph' | 'rbd' }

const ceph = (...args: string[]): Question => ({ command: 'ceph', args })
const rbd = (...args: string[]): Question => ({ command: 'rbd', args: [...args, '--format', 'json'] })

type Place = Pick<CephRbdSettings, 'pool' | 'namespace'>

function inNamespace(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : ['--namespace', namespace]
}

export const askFsid = ceph('fsid')
export const askUsage = ceph('df', '--format', 'json')
export const listPools = ceph('osd', 'pool', 'ls', 'detail', '--format', 'json')
export const listNamespaces = ({ pool }: Pick<Place, 'pool'>) => rbd('namespace', 'ls', '--pool', pool)
export const listImages = ({ pool, namespace }: Place) => rbd('ls', '--pool', pool, ...inNamespace(namespace))
export const measureImages = ({ pool, namespace }: Place) => rbd('du', '--pool', pool, ...inNamespace(namespace))

/** The command for a question, as this user, with these files. */
export function asUser({ command, args }: Question, user: string, { conf, keyring }: ClusterFiles): Command {
  const patience = command === 'ceph' ? ['--connect-timeout', String(CONNECT_S)] : []
  return { command, args: ['--conf', conf, '--keyring', keyring, '--name', `client.${user}`, ...patience, ...args] }
}
