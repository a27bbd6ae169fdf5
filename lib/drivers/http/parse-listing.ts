/** Longest list that is read; what comes after it is not needed to know that there is one. */
const MOST = 1000

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function unescapeHtml(text: string): string {
  return text
    .replace(/&quot;/gi, '"')
    .replace(/&#39;|&#x27;|&apos;/gi, "'")
    .replace(/&lt;/gi, '<')
    .replace(/&gt;/gi, '>')
    .replace(/&amp;/gi, '&')
}

function childOf(base: URL, href: string): string | null {
  if (!URL.canParse(href, base)) return null
  const url = new URL(href, base)
  if (url.origin !== base.origin || url.search !== '' || !url.pathname.startsWith(base.pathname)) return null
  const rest = url.pathname.slice(base.pathname.length)
  const name = decode(rest.replace(/\/$/, ''))
  return name === null || name === '' || name.includes('/') ? null : name
}

/**
 * Names of files and folders in the page that nginx, Apache and others make of a directory: every link that leads exactly one step
 * down. Null: the page is not such a list. An empty directory has its heading and the link upwards only.
 */
export function parseListing(html: string, address: string): string[] | null {
  const base = new URL(address.endsWith('/') ? address : `${address}/`)
  const names = new Set<string>()
  for (const match of html.matchAll(/<a\s[^>]{0,500}?href\s*=\s*(?:"([^"]{0,2000})"|'([^']{0,2000})')/gi)) {
    const name = childOf(base, unescapeHtml(match[1] ?? match[2] ?? ''))
    if (name !== null) names.add(name)
    if (names.size >= MOST) break
  }
  if (names.size > 0) return [...names]
  return /<(?:title|h1)>\s*(?:Index of|Directory listing for)\b/i.test(html) ? [] : null
}
