import { CifsConfig } from '@/lib/drivers/cifs/config'
import { CIFS_OPTIONS, smbVersionIn } from '@/lib/drivers/cifs/option-words'
import { splitUnc } from '@/lib/drivers/cifs/source'
import type { ExistingMounts, FoundMount } from '@/lib/drivers/contract/existing-mount'
import { readOptions } from '@/lib/drivers/options/read-options'
import { forbidsPrograms } from '@/lib/drivers/options/system-words'

/** `auto` and `3` leave it open: both sides agree again on the next mount. Automatic never goes down to 2.0. */
function allowsVersion(wanted: unknown, inForce: unknown): boolean {
  if (wanted === 'auto') return inForce !== '2.0'
  return wanted === '3' && String(inForce).startsWith('3')
}

/** A guest may be in force as somebody without a name. */
function allows(field: string, wanted: unknown, inForce: unknown): boolean {
  return field === 'smb_version' ? allowsVersion(wanted, inForce) : field === 'auth' && wanted === 'guest'
}

/** What is in force, unless the line of fstab leaves it open. */
function versionOf({ options, from, line }: FoundMount): CifsConfig['smb_version'] {
  const version = smbVersionIn(options) ?? 'auto'
  if (from === 'fstab' || line === undefined) return version
  const wanted = smbVersionIn(line.options) ?? 'auto'
  return allowsVersion(wanted, version) ? wanted : version
}

/** `EXAMPLE\alice` and `EXAMPLE/alice` are a domain and a user; `alice%password` is an old way of writing both. */
function whoSignsIn(options: readonly string[]): { username?: string; domain?: string } {
  const said = (...names: string[]) =>
    options.findLast((option) => names.some((name) => option.startsWith(`${name}=`)))?.replace(/^[^=]*=/, '')
  const [, inName, name] = /^(?:([^\\/]*)[\\/])?([^%]*)/.exec(said('username', 'user') ?? '') ?? []
  const domain = said('domain', 'dom', 'workgroup') || inName
  return { ...(name ? { username: name } : {}), ...(domain ? { domain } : {}) }
}

/** The kernel shows `serverino` where it takes the numbers of the server, and nothing where it does not. */
function hasOwnNumbers({ from, options }: FoundMount): boolean {
  const isWhole = options.some((option) => option.startsWith('rsize='))
  return from === 'kernel' && isWhole && !options.includes('serverino')
}

/** A line may say "guest" beside the name of somebody, who is then let in without a password: that name is in force. */
function isNobody({ from }: FoundMount, username: string | undefined): boolean {
  return from === 'fstab' || username === undefined || username.toLowerCase() === 'guest'
}

export const cifsExistingMounts: ExistingMounts = {
  fsTypes: ['cifs', 'smb3'],
  read(found) {
    const place = splitUnc(found.source)
    if (place === null) return { reason: 'The source is not of the form //server/share.' }
    const { options } = found
    const { taken, leftOut, refusal } = readOptions(found, { table: CIFS_OPTIONS, schema: CifsConfig, allows })
    if (refusal !== null) return { reason: refusal }
    const { username, domain } = whoSignsIn(options)
    const { auth, ...settings } = taken
    const isOpen = auth !== undefined && isNobody(found, username)
    const folder = place.path ?? options.find((option) => option.startsWith('prefixpath='))?.slice('prefixpath='.length)
    return {
      config: {
        server: place.server,
        share_name: place.share_name,
        ...(folder ? { path: folder } : {}),
        auth: isOpen ? auth : 'password',
        ...(domain ? { domain } : {}),
        ...(username && !isOpen ? { username } : {}),
        ...settings,
        smb_version: versionOf(found),
        ...(hasOwnNumbers(found) ? { noserverino: true } : {}),
        // Here programs are forbidden unless somebody allows them, there it is the other way round.
        noexec: taken.noexec === true || forbidsPrograms(options),
      },
      needs: isOpen ? [] : [...(username ? [] : ['username']), 'password'],
      leftOut: auth === undefined || isOpen ? leftOut : [...leftOut, auth === 'guest' ? 'guest' : 'sec=none'],
    }
  },
}
