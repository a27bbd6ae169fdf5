import type { TakenApart } from '@/lib/drivers/contract/taken-apart'
import { bracketed } from '@/lib/drivers/grammar'
import { hasPort, isPortal, portalOf, withPort } from '@/lib/drivers/iscsi-lvm/config'
import { type PastedUrl, urlIn } from '@/lib/drivers/pasted'

/** `192.0.2.5:3260,1 iqn.…`: a line of `iscsiadm -m discovery` or `-m node`, and with `tcp: [1]` before it one of `-m session`. */
const LINE =
  /^(?:[a-z]+: \[\d+\] )?(?<portal>(?:\[[^\]]+\]|[^\s,[\]]+?)(?::\d{1,5})?)(?:,-?\d+)?(?:\s+(?<target>(?:iqn|eui|naa)\.\S+))?(?: \(.*\))?$/i

/** The disk of a session, as /dev/disk/by-path and `iscsiadm -m session -P 3` have it. */
const DISK =
  /^(?:\/dev\/disk\/by-path\/)?ip-(?<portal>(?:\[[^\]]+\]|[^\s,[\]]+?)(?::\d{1,5})?)-iscsi-(?<target>(?:iqn|eui|naa)\.\S+)-lun-(?<lun>\d{1,5})$/

/** What iscsiadm, tgtadm and targetcli write before a name. */
const TITLE = /^(?:Target(?:\s+\d+)?|Portal|Current Portal|Persistent Portal|Iface Target|TargetName)\s*[:=]\s*(?=\S)/i
/** `user%password` before the server, as libiscsi has it. */
const SIGN_IN = /^(iscsi:\/\/[^/@:%]+)%([^/:]*@)/i

/** A line that iscsiadm prints, or the URL of a LUN, in the field of the portal or of the target. */
export function takeIscsiApart(flat: Readonly<Record<string, unknown>>): TakenApart[] {
  const lines = ['portal', 'target'].flatMap((field) => lineIn(flat, field))
  const told = lines.flatMap(({ gives }) => (typeof gives.portal === 'string' ? [gives.portal] : []))
  const older = olderAddress(flat, told[0])
  const isRead = (field: string) => older.some((apart) => apart.field === field)
  return [...lines.filter(({ field }) => !isRead(field)).map((line) => withPortOf(line, flat.port)), ...older]
}

function lineIn(flat: Readonly<Record<string, unknown>>, field: string): TakenApart[] {
  const text = flat[field]
  if (typeof text !== 'string') return []
  const tidy = text.trim().replace(TITLE, '')
  const disk = DISK.exec(tidy)?.groups
  if (disk !== undefined) return [{ field, gives: { portal: disk.portal, target: disk.target, lun: Number(disk.lun) } }]
  const url = urlIn(tidy.replace(SIGN_IN, '$1:$2'), ['iscsi'])
  if (url !== null) return lunAt(url, field)
  const { portal, target } = LINE.exec(tidy)?.groups ?? {}
  if (portal !== undefined && target !== undefined) return [{ field, gives: { portal, target } }]
  const value = field === 'portal' ? (portal ?? tidy) : tidy.replace(/\s\(.*\)$/, '')
  return value === text ? [] : [{ field, gives: { [field]: value } }]
}

/** An address without a port of its own has the one that is given beside it. */
function withPortOf(line: TakenApart, port: unknown): TakenApart {
  const { portal } = line.gives
  if (isBlank(port) || typeof portal !== 'string' || !isPortal(portal) || hasPort(portal)) return line
  return { ...line, gives: { ...line.gives, portal: withPort(portal, port) } }
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

/** The address of the server as `target`, and its port as `port`: an older API has no other place for them. */
function olderAddress({ portal, target, port }: Readonly<Record<string, unknown>>, told?: string): TakenApart[] {
  const isGiven = typeof portal === 'string' && portal !== ''
  const isPlain = isGiven && isPortal(portal.trim())
  const address = isPlain ? portal.trim() : (told ?? addressIn(target))
  const place = address === undefined || !isPortal(address) ? undefined : withPort(address, port)
  const apart: TakenApart[] = []
  if (port === null || port === '') apart.push({ field: 'port', gives: {} })
  else if (port !== undefined) {
    // A portal with a port of its own must have this one.
    const isOpen = isPlain && place !== undefined && !hasPort(portal.trim())
    if (isOpen) apart.push({ field: 'portal', gives: { portal: place } })
    apart.push({ field: 'port', gives: isOpen ? {} : { portal: place } })
  }
  // Beside another portal it is a target whose name is wrong.
  const server = addressIn(target)
  if (server !== undefined && place !== undefined && portalOf(server).address === portalOf(place).address)
    apart.push({
      field: 'target',
      gives: hasPort(server) ? { portal: withPort(server, undefined) } : isGiven ? {} : { portal: place },
    })
  return apart
}

function addressIn(target: unknown): string | undefined {
  return typeof target === 'string' && isPortal(target.trim()) ? target.trim() : undefined
}

/** Nothing where it says no number of a LUN: then the field refuses the text. */
function lunAt({ host, port, path, user, password }: PastedUrl, field: string): TakenApart[] {
  const [, target, lun] = path.split('/')
  if (lun !== undefined && !/^\d{1,5}$/.test(lun)) return []
  const portal = port === undefined ? bracketed(host) : `${bracketed(host)}:${port}`
  const signIn = user === undefined ? {} : { chap_enabled: true, chap_user: user, chap_password: password }
  const named = target ? { target, lun: lun === undefined ? undefined : Number(lun) } : {}
  return [{ field, gives: { portal, ...named, ...signIn } }]
}
