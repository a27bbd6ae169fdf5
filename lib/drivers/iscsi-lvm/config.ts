import { z } from 'zod'
import { bracketed, checked, hostProblem, optionalText } from '@/lib/drivers/grammar'

export const DEFAULT_PORT = 3260

/** A portal in its parts. IPv6 has no brackets here. */
export interface Portal {
  address: string
  port: number
}

const PORTAL = /^(?<address>\[[^\]]*\]|[^:]*)(?::(?<port>\d{1,5}))?$/

function splitPortal(value: string): { address: string; port: string | undefined } {
  // An IPv6 address without brackets has colons of its own, and then there is no port.
  if ((value.match(/:/g) ?? []).length > 1 && !value.startsWith('[')) return { address: value, port: undefined }
  const parts = PORTAL.exec(value)?.groups
  return { address: parts?.address ?? value, port: parts?.port }
}

function portalProblem(value: string): string | null {
  const { address, port } = splitPortal(value)
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return 'A port is a number from 1 to 65535.'
  return hostProblem(address)
}

/** Always with its port, IPv6 in brackets: one spelling for one portal. */
function tidyPortal(value: string): string {
  const { address, port = String(DEFAULT_PORT) } = splitPortal(value)
  const bare = address.replace(/^\[(.*)\]$/, '$1')
  return `${bracketed(bare)}:${Number(port)}`
}

export function portalOf(text: string): Portal {
  const { address, port } = splitPortal(text)
  return { address: address.replace(/^\[(.*)\]$/, '$1'), port: Number(port ?? DEFAULT_PORT) }
}

/** RFC 3720 3.2.6.3: iqn, eui or naa. Case does not matter there; open-iscsi wants lower case. */
const TARGET_NAME =
  /^(?:iqn\.\d{4}-\d{2}\.[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[a-z0-9.:_-]{1,150})?|eui\.[0-9a-f]{16}|naa\.(?:[0-9a-f]{16}|[0-9a-f]{32}))$/i

function targetProblem(value: string): string | null {
  if (value === '') return 'Enter the name of the target, or look for it.'
  if (value.length > 223) return 'A target name has at most 223 characters.'
  if (TARGET_NAME.test(value)) return null
  return 'A target name looks like iqn.2023-01.com.example:storage (or eui. or naa. with hexadecimal digits).'
}

function chapUserProblem(value: string): string | null {
  if (value.length > 255) return 'The name has at most 255 characters.'
  return /^[A-Za-z0-9._:@/+-]+$/.test(value)
    ? null
    : 'Only letters, digits and . _ : @ / + - may be in the name: open-iscsi keeps it on one line of a file.'
}

/** The record file of open-iscsi is "key = value" by lines, at most 256 bytes a value; spaces at the ends are lost. */
function chapPasswordProblem(value: string): string | null {
  if (value.length < 8) return 'The secret has at least 8 characters; most targets want 12 to 16.'
  if (value.length > 255) return 'The secret has at most 255 characters.'
  return /^[!-~]+$/.test(value) ? null : 'Only printable ASCII characters without spaces can be in the secret.'
}

/** Names that device-mapper and LVM keep for themselves are refused; see lvm(8), "Valid names". */
export function volumeGroupProblem(value: string): string | null {
  if (value.length > 60) return 'The name has at most 60 characters.'
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(value)) {
    return 'Only letters, digits and _ . + - may be in the name, and it does not begin with a hyphen or a dot.'
  }
  return null
}

function wwidProblem(value: string): string | null {
  return /^(?:naa|eui)\.[0-9a-f]{16,32}$|^t10\.[A-Za-z0-9 ._+-]{1,200}$/.test(value)
    ? null
    : 'A WWID looks like naa.6001405… or eui.…, as the list of LUNs shows it.'
}

export const ChapSecret = checked(chapPasswordProblem).optional()

/** Field names are those of LimiQuantix (`portal`, `target`, `chap_enabled`, `chap_user`, `lun`, `volume_group`). */
export const IscsiLvmConfig = z.strictObject({
  /** Both are needed to use it. An older API saves the address of the server alone, or the name of the target. */
  portal: optionalText(portalProblem, tidyPortal),
  target: optionalText(targetProblem, (value) => value.toLowerCase()),
  lun: z.int().min(0).max(16_383).default(0),
  wwid: optionalText(wwidProblem),
  volume_group: optionalText(volumeGroupProblem),
  provisioning: z.enum(['thin', 'thick']).default('thin'),
  chap_enabled: z.boolean().default(false),
  chap_user: optionalText(chapUserProblem),
  mutual_chap_enabled: z.boolean().default(false),
  mutual_chap_user: optionalText(chapUserProblem),
  discovery_chap: z.enum(['none', 'same']).default('none'),
})
export type IscsiLvmSettings = z.infer<typeof IscsiLvmConfig>
/** With all that is needed to sign in. */
export type IscsiLvmPlace = IscsiLvmSettings & { portal: string; target: string }

/** Could it be the address of a portal, with a port or without? */
export function isPortal(text: string): boolean {
  return text !== '' && portalProblem(text) === null && !TARGET_NAME.test(text)
}

export function hasPort(portal: string): boolean {
  return splitPortal(portal).port !== undefined
}

/** `san.lan` and 3261 are `san.lan:3261`; without a port the address keeps its own, or has the usual one. */
export function withPort(portal: string, port: unknown): string {
  const { address, port: own } = splitPortal(portal)
  return `${bracketed(address.replace(/^\[(.*)\]$/, '$1'))}:${String(port ?? own ?? DEFAULT_PORT)}`
}
