import { createHash } from 'node:crypto'

function textIn(html: string, tag: 'style' | 'script'): string {
  const text = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)?.[1]
  if (text === undefined) throw new Error(`offline.html has no <${tag}>.`)
  return text
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** The colours that `html` uses, for both themes, out of the console's style sheet. */
function tokensFor(html: string, css: string): string {
  const used = [...new Set([...html.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name))]
  const lines = used.map((name) => {
    const value = new RegExp(`^ {2}${name}: ([^;]+);`, 'm').exec(css)?.[1]
    if (value === undefined) throw new Error(`globals.css has no ${name}.`)
    return `${name}: ${value};`
  })
  return `:root { color-scheme: light dark; ${lines.join(' ')} }
[data-theme="light"] { color-scheme: light; }
[data-theme="dark"] { color-scheme: dark; }`
}

/** The page that stands for one that could not be loaded, and its headers: it may run its own script, ask this server, and nothing else. */
export function offlinePage(template: string, css: string): { html: string; headers: Record<string, string> } {
  const html = template.replace('/* tokens */', tokensFor(template, css))
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(textIn(html, 'style'))}`,
    `script-src ${hashOf(textIn(html, 'script'))}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': policy.join('; '),
  }
  return { html, headers }
}
