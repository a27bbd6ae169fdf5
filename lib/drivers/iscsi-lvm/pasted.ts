import type { TakenApart } from '@/lib/drivers/contract/taken-apart'
import { urlIn } from '@/lib/drivers/pasted'

/** `192.0.2.5:3260,1 iqn.…`: a line of `iscsiadm -m discovery` or `-m node`, and with `tcp: [1]` before it one of `-m session`. */
const LINE =
  /^(?:[a-z]+: \[\d+\] )?(?<portal>(?:\[[^\]]+\]|[^\s,[\]]+?)(?::\d{1,5})?)(?:,-?\d+)?(?:\s+(?<target>(?:iqn|eui|naa)\.\S+))?(?: \(.*\))?$/i

/** A line that iscsiadm prints, or the URL of a LUN, in the field of the portal or of the target. */
export function takeIscsiApart(flat: Readonly<Record<string, unknown>>): TakenApart[] {
  return ['portal', 'target'].flatMap((field): TakenApart[] => {
    const text = flat[field]
    if (typeof text !== 'string') return []
    const tidy = text.trim()
    const url = urlIn(tidy, ['iscsi'])
    if (url !== null) {
      const [, target, lun] = url.path.split('/')
      const host = url.host.includes(':') ? `[${url.host}]` : url.host
      const portal = url.port === undefined ? host : `${host}:${url.port}`
      return [{ field, gives: { portal, target, lun: lun === undefined ? undefined : Number(lun) } }]
    }
    const { portal, target } = LINE.exec(tidy)?.groups ?? {}
    if (portal !== undefined && target !== undefined) return [{ field, gives: { portal, target } }]
    const value = field === 'portal' && portal !== undefined ? portal : tidy
    return value === text ? [] : [{ field, gives: { [field]: value } }]
  })
}
