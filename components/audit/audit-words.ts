import type { AuditView } from '@/lib/audit/schema'
import type { StatusWord } from '@/lib/tones'

/** Where noun and verb alone do not make a sentence. */
const ACTIONS: Readonly<Record<string, string>> = {
  'mount.mount_requested': 'Mounting requested',
  'mount.unmount_requested': 'Unmounting requested',
  'mount.sync_requested': 'Bringing to wanted state requested',
  'mount.drift_adopted': 'Change on a host taken over',
  'mount.overrides_set': 'Made different on one host',
  'sampling.updated': 'How often storages are measured changed',
  'retention.updated': 'Retention of history changed',
  'session.created': 'Signed in',
  'session.refused': 'Sign-in refused',
  'session.ended': 'Signed out',
  'user.reset_link_created': 'Password reset link made',
  'user.totp_enabled': 'Two-step sign-in set up',
  'user.totp_removed': 'Two-step sign-in removed',
  'user.recovery_code_used': 'Recovery code used',
  'user.recovery_codes_renewed': 'Recovery codes made anew',
  'sign_in_rules.updated': 'Rules of sign-in changed',
  'user.passkey_added': 'Passkey added',
  'user.passkey_removed': 'Passkey removed',
  'user.second_factor_reset': 'Second factor reset',
  'user.password_reset': 'Password set with a reset link',
  'attention.acknowledged': 'Trouble acknowledged',
  'attention.acknowledgement_removed': 'Acknowledgement taken back',
  'console.opened': 'Screen opened',
  'console.closed': 'Screen closed',
  'console.pasted': 'Text pasted into a machine',
  'console.copied': 'Clipboard of a machine asked for',
  'console.control_asked': 'Asked to type on a screen',
  'console.control_given': 'Keyboard of a screen given to somebody',
  'console.control_refused': 'Keyboard of a screen kept',
  'console.control_taken': 'Keyboard of a screen taken',
  'console.settings_changed': 'Clipboard of a machine allowed or forbidden',
  'workload.clipboard_added': 'Clipboard added to a machine',
  'console.log_read': 'Log of a serial port read',
  'console.end_requested': 'Screen of somebody else closed',
  'maintenance.created': 'Maintenance planned',
}

/** `backend.created` as people say it: Backend created. */
export function actionInWords(action: string): string {
  const known = ACTIONS[action]
  if (known) return known
  const text = action.replace(/[._]/g, ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const OUTCOMES: Readonly<Record<NonNullable<AuditView['outcome']>, StatusWord>> = {
  queued: { tone: 'working', word: 'Under way' },
  running: { tone: 'working', word: 'Under way' },
  paused: { tone: 'warning', word: 'Paused' },
  succeeded: { tone: 'healthy', word: 'Done' },
  failed: { tone: 'critical', word: 'Failed' },
  partial: { tone: 'warning', word: 'Partly failed' },
  cancelled: { tone: 'off', word: 'Cancelled' },
}

/** Whether a change was made or refused, and what came of it where it went out to hosts. */
export function resultStatus({
  result,
  outcome,
  change,
}: Pick<AuditView, 'result' | 'outcome' | 'change'>): StatusWord {
  if (result !== 'success') return { tone: 'critical', word: 'Refused' }
  if (outcome !== null) return OUTCOMES[outcome]
  // Its record has gone: what came of it is not known any more.
  const hadOperation = typeof (change as { operation?: unknown } | null)?.operation === 'string'
  return hadOperation ? { tone: 'off', word: 'Requested' } : { tone: 'healthy', word: 'Done' }
}

/** `join_token` as people say it. */
export function kindInWords(kind: string): string {
  return kind.replaceAll('_', ' ')
}

export function actorInWords({ actor }: AuditView): string {
  return actor.name ?? actor.kind
}
