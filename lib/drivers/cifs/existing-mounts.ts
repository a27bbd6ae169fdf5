import { CifsConfig } from '@/lib/drivers/cifs/config'
import { parseCifsOptions } from '@/lib/drivers/cifs/mount-options'
import type { ExistingMounts } from '@/lib/drivers/contract/existing-mount'
import { readOptions } from '@/lib/drivers/options/read-options'

const UNCHOSEN =
  /^(?:rw|relatime|addr|[rw]size|bsize|(?:no)?serverino|mapposix|mapchars|nounix|unix|(?:no)?force[ug]id|echo_interval|actimeo|ac(?:reg|dir)max|closetimeo|reparse|nativesocket|symlink|posixpaths|nosharesock|max_credits|handletimeout|snapshot|multichannel|max_channels|iocharset|cache|x-systemd\..*|comment)(?:=|$)/
/** Who signs in is read by itself, and how is not told. */
const SIGN_IN = /^(?:user|username|pass|password|cred|credentials|domain|dom|workgroup|sec)(?:=|$)/

export const cifsExistingMounts: ExistingMounts = {
  fsTypes: ['cifs', 'smb3'],
  read({ source, options }) {
    const [server, share, ...folders] = source.replaceAll('\\', '/').replace(/^\/\//, '').split('/')
    if (!server || !share) return { reason: 'The source is not of the form //server/share.' }
    const optionValue = (...names: string[]) =>
      options.find((option) => names.some((name) => option.startsWith(`${name}=`)))?.replace(/^[^=]*=/, '')
    const others = options.filter((option) => !SIGN_IN.test(option))
    const { taken, leftOut } = readOptions(others, { parse: parseCifsOptions, schema: CifsConfig, unchosen: UNCHOSEN })
    const username = optionValue('username', 'user')
    const domain = optionValue('domain', 'dom', 'workgroup')
    const isGuest = options.includes('guest') || options.includes('sec=none')
    const path = folders.join('/')
    return {
      config: {
        server,
        share_name: share,
        ...(path ? { path } : {}),
        ...(domain ? { domain } : {}),
        ...(isGuest ? { auth: 'guest' } : { auth: 'password', ...(username ? { username } : {}) }),
        ...taken,
      },
      needs: isGuest ? [] : [...(username ? [] : ['username']), 'password'],
      leftOut: leftOut.filter((option) => option !== 'guest'),
    }
  },
}
