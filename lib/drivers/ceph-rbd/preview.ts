import type { CephRbdSettings } from '@/lib/drivers/ceph-rbd/config'
import type { ConnectionPreview } from '@/lib/drivers/contract/descriptor'
import { commandLine } from '@/lib/drivers/preview'

/** Stand for files in memory that last as long as the commands. */
const CONF = 'ceph.conf'
const KEYRING = 'ceph.keyring'

/** Nothing stays open on the host: these are questions to the cluster, which prove that volumes can be used. */
export function previewConnect({ user, pool, namespace }: CephRbdSettings): ConnectionPreview {
  const common = ['--conf', CONF, '--keyring', KEYRING, '--name', `client.${user}`]
  const ceph = (...args: string[]) => commandLine('ceph', [...common, '--connect-timeout', '10', ...args])
  const rbd = (...args: string[]) => commandLine('rbd', [...common, ...args, '--format', 'json'])
  const inNamespace = namespace === undefined ? [] : ['--namespace', namespace]
  return {
    commands: [
      ceph('fsid'),
      ceph('df', '--format', 'json'),
      ...(namespace === undefined ? [] : [rbd('namespace', 'ls', '--pool', pool)]),
      rbd('ls', '--pool', pool, ...inNamespace),
      ...(namespace === undefined ? [] : [rbd('du', '--pool', pool, ...inNamespace)]),
    ],
    notes: [
      `Nothing is changed on the host or in the cluster. ${CONF} and ${KEYRING} are files in memory with the monitors and the key; they are gone afterwards.`,
    ],
  }
}

export function previewDisconnect({ pool }: CephRbdSettings): ConnectionPreview {
  return {
    commands: [],
    notes: [`No command runs. While an image of ${pool} is mapped on this host, it is refused.`],
  }
}
