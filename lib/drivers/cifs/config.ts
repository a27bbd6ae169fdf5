import { z } from 'zod'
import { checked, optionalText, ServerName } from '@/lib/drivers/grammar'
import type { FieldProblem } from '@/lib/errors'

/** Line ends of any kind; and half characters, which no tool could write down. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u
/** Characters that no SMB name may have ([MS-FSCC] 2.1.5); a comma would begin another mount option. */
const NOT_IN_NAMES = /["\\[\]:|<>+=;,?*]/

function shareProblem(value: string): string | null {
  if (value === '') return 'Enter the name of the share.'
  if (/[\\/]/.test(value))
    return 'Enter only the name of the share; the server has its own field, and a folder goes into "path".'
  if (/\s(?:--?user|-[AUNmoW]|-o)(?:[\s=]|$)|\s-U/.test(value))
    return 'Enter only the name of the share; the user name and the password have their own fields.'
  if (value.length > 80) return 'The name of a share has at most 80 characters.'
  if (CONTROL.test(value) || NOT_IN_NAMES.test(value))
    return `The name of a share has none of " [ ] : | < > + = ; , ? *.`
  if (value !== value.trim()) return 'The name of a share does not begin or end with a space.'
  return value === '.' || value === '..' ? 'Enter the name of the share.' : null
}

/** `folder\deep` and `/folder/deep/` are `folder/deep`. */
function normaliseFolder(value: string): string {
  return value.replaceAll('\\', '/').replace(/^\/+|\/+$/g, '')
}

function folderProblem(value: string): string | null {
  const folder = normaliseFolder(value)
  if (folder === '') return null
  if (folder.length > 512) return 'The folder has at most 512 characters.'
  if (CONTROL.test(folder) || /[":|<>,?*]/.test(folder)) return 'The folder has none of " : | < > , ? *.'
  const parts = folder.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    return 'The folder has no empty part and no "." or "..".'
  return parts.some((part) => part !== part.trim()) ? 'No part of the folder begins or ends with a space.' : null
}

export function usernameProblem(value: string): string | null {
  if (/[\\/]/.test(value)) return 'Enter only the user name; the domain has its own field.'
  if (value.length > 104) return 'A user name has at most 104 characters.'
  if (CONTROL.test(value) || /["[\]:;|=,*?<>%]/.test(value)) return 'A user name has none of " [ ] : ; | = , * ? < > %.'
  return value === value.trim() ? null : 'A user name does not begin or end with a space.'
}

export function domainProblem(value: string): string | null {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,252}$/u.test(value)) return null
  return 'A domain has letters, digits, dots, hyphens and underscores, such as EXAMPLE or example.com.'
}

/** mount.cifs and smbclient read one line each; smbclient drops spaces at its ends. */
function passwordProblem(value: string): string | null {
  if (value.length > 256) return 'A password has at most 256 characters.'
  if (CONTROL.test(value)) return 'A password has no line breaks or other control characters; check what was pasted.'
  return value === value.trim() ? null : 'A password does not begin or end with a space; check what was pasted.'
}

function modeProblem(value: string): string | null {
  return /^0?[0-7]{3}$/.test(value) ? null : 'Three octal digits, such as 644.'
}

export const SMB_VERSIONS = ['auto', '3', '3.1.1', '3.0.2', '3.0', '2.1', '2.0'] as const

const Id = z.int().min(0).max(4_294_967_294)

/**
 * Settings of an SMB share; option names are those of mount.cifs(8). `hard` by default, as for NFS: with `soft`, a write that could
 * not be sent is an error that many programs do not check.
 */
export const CifsConfig = z.strictObject({
  server: ServerName,
  share_name: checked(shareProblem),
  path: optionalText(folderProblem, normaliseFolder),
  auth: z.enum(['password', 'guest', 'anonymous']).default('password'),
  username: optionalText(usernameProblem),
  domain: optionalText(domainProblem),
  smb_version: z.enum(SMB_VERSIONS).default('auto'),
  seal: z.boolean().default(false),
  sec: z.enum(['ntlmssp', 'ntlmsspi']).optional(),
  port: z.int().min(1).max(65_535).optional(),
  on_outage: z.enum(['hard', 'soft']).default('hard'),
  uid: Id.default(0),
  gid: Id.default(0),
  file_mode: checked(modeProblem).default('0644'),
  dir_mode: checked(modeProblem).default('0755'),
  cache: z.enum(['strict', 'none', 'loose']).optional(),
  /** Seconds. */
  actimeo: z.int().min(0).max(3600).optional(),
  /** Bytes. */
  rsize: z.int().min(16_384).max(8_388_608).multipleOf(1024).optional(),
  /** Bytes. */
  wsize: z.int().min(16_384).max(8_388_608).multipleOf(1024).optional(),
  /** Seconds between two signs of life while nothing else is sent. */
  echo_interval: z.int().min(1).max(600).optional(),
  noserverino: z.boolean().default(false),
  nobrl: z.boolean().default(false),
  mfsymlinks: z.boolean().default(false),
  noexec: z.boolean().default(true),
  read_only: z.boolean().default(false),
})
export type CifsConfig = z.infer<typeof CifsConfig>

export const CifsSecrets = z.strictObject({ password: optionalText(passwordProblem) })

export function checkCifs(config: CifsConfig): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (config.auth === 'password' && config.username === undefined) {
    problems.push({ field: 'username', message: 'Enter the user name, or choose to sign in as a guest.' })
  }
  if (config.seal && (config.smb_version === '2.0' || config.smb_version === '2.1')) {
    problems.push({ field: 'seal', message: 'Encryption needs SMB 3; choose a newer version, or switch it off.' })
  }
  return problems
}
