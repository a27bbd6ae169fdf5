import type { AuditView } from '@/lib/audit/schema'
import type { StatusWord } from '@/lib/tones'

/** Where noun and verb alone do not make a sentence. */
const ACTIONS: Readonly<Record<string, string>> = {
  'mount.mount_requested': 'Mounting requested',
  'mount.unmount_requested': 'Unmounting requested',
  'mount.sync_requested': 'Bringing to wanted state requested',
  'mount.drift_adopted': 'Change on a host taken over',
  'mount.overrides_set': 'Made different on one host',
  'session.created': 'Signed in',
  'session.refused': 'Sign-in refused',
  'session.ended': 'Signed out',
}

/** `backend.created` as people say it: Backend created. */
export function actionInWords(action: string): string {
  const known = ACTIONS[action]
  if (known) return known
  const text = action.replace(/[._]/g, ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** An entry says of every change whether it was made or refused. */
export function resultStatus(result: string): StatusWord {
  return result === 'success' ? { tone: 'healthy', word: 'Done' } : { tone: 'critical', word: 'Refused' }
}

/** `join_token` as people say it. */
export function kindInWords(kind: string): string {
  return kind.replaceAll('_', ' ')
}

export function actorInWords({ actor }: AuditView): string {
  return actor.name ?? actor.kind
}
