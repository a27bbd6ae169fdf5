import type { CifsConfig } from '@/lib/drivers/cifs/config'
import type { WolfstackWords } from '@/lib/drivers/contract/wolfstack'
import { isUrl } from '@/lib/drivers/pasted'

/** The source is `//server/share/folder`. */
export const cifsWolfstack: WolfstackWords<CifsConfig> = {
  type: 'smb',
  fields: {
    options: 'smb_options',
    username: 'smb_config.username',
    password: 'smb_config.password',
    domain: 'smb_config.domain',
    server: 'source',
    share_name: 'source',
    path: 'source',
  },
  configFrom({ source, smb_config: smb, smb_options }) {
    // An address, or one with a sign-in before the server, is taken apart as a whole.
    const isWhole = source !== undefined && (isUrl(source) || /@[^/\\]+[/\\]/.test(source))
    const plain = (source ?? '').replaceAll('\\', '/').replace(/^\/+/, '')
    const [server, share_name, ...folders] = isWhole ? [source] : plain.split('/')
    const hasSource = source !== undefined
    return {
      server: hasSource ? server : undefined,
      share_name: hasSource ? share_name : undefined,
      path: hasSource && folders.length > 0 ? folders.join('/') : undefined,
      ...(smb === undefined ? {} : { auth: smb?.username ? 'password' : 'guest' }),
      username: smb?.username,
      domain: smb?.domain,
      password: smb?.password,
      options: smb_options ?? undefined,
    }
  },
  show: ({ username = '', domain = '' }, hidden) => ({
    smb_config: { username, password: hidden('password'), domain },
  }),
}
