import { realpathSync } from 'node:fs'
import { isWithin } from '@/agent/host/mounting/mountinfo'
import type { BindSourceRule } from '@/agent/host/mounting/paths'
import { HoldfastError } from '@/lib/errors'

/** Where data usually lies. `sourceRoots` in the policy file takes the place of these. */
export const DEFAULT_SOURCE_ROOTS = ['/mnt', '/srv', '/media', '/home', '/data', '/opt']

/** Trees whose content must never be handed out through a bind mount, whatever the policy file says. */
const PRIVATE_TREES = [
  '/bin /boot /dev /etc /lib /lib32 /lib64 /libx32 /proc /root /run /sbin /sys /usr',
  '/var/backups /var/log /var/mail /var/run /var/spool',
  '/var/lib/docker /var/lib/containerd /var/lib/containers /var/lib/libvirt /var/lib/lxc /var/lib/systemd',
  '/var/lib/apt /var/lib/dpkg /var/lib/etcd /var/lib/kubelet /var/lib/pacman /var/lib/rpm /var/lib/sudo',
  '/var/lib/holdfast /var/lib/holdfast-agent',
].flatMap((line) => line.split(' '))

/** Where programs keep their state: a storage daemon may have a folder of its own there. */
const STATE_OF_PROGRAMS = '/var/lib'

/** Folders with keys in them, wherever they lie. */
const PRIVATE_NAMES = new Set(['.ssh', '.gnupg', '.aws', '.kube', '.docker'])

/** The private tree that this path is in or is, if any. */
export function privateTreeAround(path: string): string | undefined {
  return PRIVATE_TREES.find((tree) => isWithin(path, tree))
}

/** What is private on every host, what Holdfast keeps on this one (`own`), and the exceptions of the policy file. */
export function closedTrees(own: readonly string[], denied: readonly string[]): string[] {
  return [...PRIVATE_TREES, ...denied, ...withRealPaths(own)]
}

export interface SourceRuleParts {
  /** Directories must be one of these or lie below one. */
  roots: readonly string[]
  /** Exceptions of the policy file. */
  denied: readonly string[]
  /** State of Holdfast on this machine: the agent's, and that of a control plane beside it. */
  own: readonly string[]
  /** The policy file, for the words of a refusal. */
  file: string
}

/** Which directories of this host may be bound elsewhere: those below the roots, without the closed trees in and around them. */
export function createSourceRule({ roots, denied, own, file }: SourceRuleParts): BindSourceRule {
  const refuse = (message: string) =>
    new HoldfastError('policy_denied', message, { details: { policy: 'sourceRoots' } })
  const closed = () => closedTrees(own, denied)
  const cure = `add its directory to sourceRoots in ${file} on the host and have the agent read it: systemctl reload holdfast-agent, or a restart of Holdfast where the agent runs with it`
  const refuseClosed = (path: string) => {
    const tree = closed().find((one) => isWithin(path, one) || isWithin(one, path))
    if (tree !== undefined) {
      throw refuse(`${path} touches ${tree}, which is never handed out as storage; choose another directory.`)
    }
    const name = path.split('/').find((part) => PRIVATE_NAMES.has(part))
    if (name !== undefined) {
      throw refuse(`${path} is in ${name}, where keys are kept, which is never handed out as storage.`)
    }
  }
  return {
    closed,
    check(path) {
      refuseClosed(path)
      if (roots.some((root) => isWithin(path, root))) return
      throw refuse(
        `This host lets directories be bound from ${roots.join(', ') || 'nowhere'} only, and ${path} is not below one of them. To allow it, ${cure}.`,
      )
    },
    checkData(path) {
      refuseClosed(path)
      const open = [...roots, STATE_OF_PROGRAMS]
      if (path !== STATE_OF_PROGRAMS && open.some((root) => isWithin(path, root))) return
      throw refuse(
        `A storage may keep data of its own below ${open.join(', ')} on this host, and ${path} is not. To allow it, ${cure}.`,
      )
    },
  }
}

/** A state directory that was given by the name of a link is closed by its real name too. */
function withRealPaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    try {
      const real = realpathSync(path)
      return real === path ? [path] : [path, real]
    } catch {
      // It is not there yet.
      return [path]
    }
  })
}
