import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import { isWrong, traitsOf } from '@/lib/mounts/state'

/** Of the host or of who is on it, and of no setting of the storage. */
const NOT_SETTINGS = /^(?:mount|node|tool|output)\.|(?:kernel|helper|service)_missing$/
/** What is mended on the host itself. */
const ON_HOST = /^tool\.|(?:kernel|helper|service)_missing$/

/** `retry`: try again. `settings`: those of the storage. `host`: its page says what it lacks and installs it. */
export type Help = 'retry' | 'settings' | 'host'

/** What can help a mount that is not as wanted on a host, likeliest last. */
export function helpOnHost(
  entry: Pick<MountOnHostView, 'status' | 'state' | 'problem' | 'drift' | 'host_status'>,
): Help[] {
  if (!isWrong(entry) || entry.drift !== null) return []
  const { problem } = entry
  const help: Help[] = []
  if (!isRefused(entry)) help.push('retry')
  if (problem !== null && !NOT_SETTINGS.test(problem)) help.push('settings')
  if ((problem !== null && ON_HOST.test(problem)) || entry.host_status !== 'online') help.push('host')
  return help
}

/** Does the host refuse every command there? What others have mounted is theirs. */
export function isRefused({ state }: Pick<MountOnHostView, 'state'>): boolean {
  return traitsOf(state).isOthers === true
}

/** Is there anything that a command may put right? Also where nothing is known to differ: then it does no harm. */
export function canBring({ hosts }: Pick<MountView, 'hosts'>): boolean {
  const wrong = hosts.filter((entry) => !entry.removing && isWrong(entry))
  return wrong.length === 0 || !wrong.every(isRefused)
}

/** The main button of a mount: what helps now, never what takes away. */
export function mainAction({
  desired_state,
  hosts,
}: Pick<MountView, 'desired_state' | 'hosts'>): 'mount' | 'retry' | 'edit' {
  if (desired_state === 'unmounted') return 'mount'
  return hosts.some((entry) => !entry.removing && helpOnHost(entry).includes('retry')) ? 'retry' : 'edit'
}
