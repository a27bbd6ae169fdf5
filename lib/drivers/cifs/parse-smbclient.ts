import { unreadableOutput } from '@/lib/drivers/problems/problem'

export interface SmbShare {
  name: string
  comment: string
}

/**
 * `smbclient --list --grepable`: `Disk|name|comment`, one share a line. A comment may hold bars, a name never does. Printers and
 * pipes are left out. Throws `command_failed` when there is no such line at all, so that a changed format is not taken for "no shares".
 */
export function parseShares(stdout: string): SmbShare[] {
  const rows = stdout.split('\n').flatMap((line) => {
    const match = /^(?<type>Disk|Printer|IPC|Device)\|(?<name>[^|]+)\|(?<comment>.*)$/.exec(line)
    return match?.groups === undefined ? [] : [match.groups]
  })
  if (rows.length === 0) {
    throw unreadableOutput('smbclient', 'printed no list of shares')
  }
  return rows
    .filter(({ type, name }) => type === 'Disk' && name !== 'print$')
    .map(({ name = '', comment = '' }) => ({ name, comment: comment.trim() }))
}

/** What smbclient says, with success, where the server gave it no list: nothing, or why it does not ask for workgroups as well. */
const BESIDE_THE_LIST = /^(SMB1 disabled.*|Reconnecting with SMB1.*|Unable to connect with SMB1.*|\s*)$/

/** Did the server answer without a list of shares? */
export function isWithoutList(stdout: string): boolean {
  return stdout.split('\n').every((line) => BESIDE_THE_LIST.test(line))
}

/** How far smbclient came before the server said no. */
export type SmbLayer = 'connection' | 'protocol' | 'encryption' | 'authentication' | 'share' | 'folder'

export interface SmbFailure {
  layer: SmbLayer
  /** `NT_STATUS_LOGON_FAILURE` and the like; the words of smbclient where it names none. */
  status: string
}

const LAYERS: readonly { pattern: RegExp; layer: SmbLayer }[] = [
  { pattern: /(?<status>no compatible protocol selected by server)/i, layer: 'protocol' },
  { pattern: /(?<status>server doesn't support SMB3 encryption)/i, layer: 'encryption' },
  { pattern: /protocol negotiation .*failed: (?<status>NT_STATUS_\w+)/i, layer: 'protocol' },
  { pattern: /session setup failed: (?<status>NT_STATUS_\w+)/i, layer: 'authentication' },
  { pattern: /tree connect failed: (?<status>NT_STATUS_\w+)/i, layer: 'share' },
  { pattern: /^cd .*: (?<status>NT_STATUS_\w+)/im, layer: 'folder' },
  { pattern: /connection to .* failed \(Error (?<status>NT_STATUS_\w+)\)/i, layer: 'connection' },
]

/** What smbclient said about its failure; null when it said nothing that is known. */
export function parseSmbFailure(said: string): SmbFailure | null {
  for (const { pattern, layer } of LAYERS) {
    const status = pattern.exec(said)?.groups?.status
    if (status !== undefined) return { layer, status }
  }
  return null
}
