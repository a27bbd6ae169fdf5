import type { IscsiLvmSettings } from '@/lib/drivers/iscsi-lvm/config'
import { unreadableOutput } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

/** What a login needs to know beyond the address. */
export interface Chap {
  user: string
  password: Secret
  mutual: { user: string; password: Secret } | null
}

/** The CHAP settings of a backend; null without CHAP. Throws `invalid_input` when a secret is not there. */
export function chapOf(
  config: Partial<IscsiLvmSettings>,
  secrets: { chap_password?: Secret; mutual_chap_password?: Secret },
): Chap | null {
  if (config.chap_enabled !== true) return null
  const { chap_user: user, mutual_chap_user: mutualUser } = config
  const { chap_password: password, mutual_chap_password: mutualPassword } = secrets
  if (user === undefined || password === undefined) return missing('chap_password')
  if (config.mutual_chap_enabled !== true) return { user, password, mutual: null }
  if (mutualUser === undefined || mutualPassword === undefined) return missing('mutual_chap_password')
  return { user, password, mutual: { user: mutualUser, password: mutualPassword } }
}

function missing(field: string): never {
  const message = 'Enter the CHAP secret.'
  throw new HoldfastError('invalid_input', message, { fields: [{ field: `config.${field}`, message }] })
}

const END = '# END RECORD'

/** Values stand alone on their line; what could begin another line or hide the end of one is refused here too. */
function line(key: string, value: string): string {
  if (!/^[!-~]+$/.test(value)) throw new HoldfastError('invalid_input', `The value of ${key} cannot stand in a record.`)
  return `${key} = ${value}`
}

function authentication(prefix: string, chap: Chap | null): string[] {
  if (chap === null) return [line(`${prefix}.authmethod`, 'None')]
  return [
    line(`${prefix}.authmethod`, 'CHAP'),
    line(`${prefix}.username`, chap.user),
    line(`${prefix}.password`, reveal(chap.password)),
    ...(chap.mutual === null
      ? []
      : [line(`${prefix}.username_in`, chap.mutual.user), line(`${prefix}.password_in`, reveal(chap.mutual.password))]),
  ]
}

/** Takes the lines of these keys away and puts ours at the end. Throws `command_failed` for a text that is not a record. */
function replaceLines(record: string, isOurs: (key: string) => boolean, ours: readonly string[]): Secret {
  const lines = record.split('\n')
  if (!lines.some((text) => text.startsWith('# BEGIN RECORD')) || !lines.includes(END)) {
    throw unreadableOutput('iscsiadm', 'wrote a record of an unknown format')
  }
  const kept = lines.filter((text) => text !== '' && text !== END && !isOurs(text.split('=')[0]?.trim() ?? ''))
  return new Secret(`${[...kept, ...ours, END].join('\n')}\n`)
}

/**
 * A node record as iscsiadm made it (with the administrator's defaults of iscsid.conf), with our login in it: CHAP as it is
 * configured here and not otherwise, one attempt (initial_login_retry_max = 0, as we have our own deadlines and tell the reason),
 * never logged in by the boot of the host.
 */
export function renderNodeRecord(record: string, chap: Chap | null): Secret {
  const ours = ['node.startup', 'node.conn[0].startup', 'node.session.initial_login_retry_max', 'node.leading_login']
  const isOurs = (key: string) =>
    ours.includes(key) || /^node\.session\.auth\.(?:authmethod|username|password|username_in|password_in)$/.test(key)
  return replaceLines(record, isOurs, [
    line('node.startup', 'manual'),
    line('node.conn[0].startup', 'manual'),
    line('node.leading_login', 'No'),
    line('node.session.initial_login_retry_max', '0'),
    ...authentication('node.session.auth', chap),
  ])
}

/** A discovery record with our CHAP in it, and without retries that would hide the reason for a minute. */
export function renderDiscoveryRecord(record: string, chap: Chap | null): Secret {
  const isOurs = (key: string) =>
    key === 'discovery.sendtargets.reopen_max' ||
    /^discovery\.sendtargets\.auth\.(?:authmethod|username|password|username_in|password_in)$/.test(key)
  return replaceLines(record, isOurs, [
    line('discovery.sendtargets.reopen_max', '0'),
    ...authentication('discovery.sendtargets.auth', chap),
  ])
}
