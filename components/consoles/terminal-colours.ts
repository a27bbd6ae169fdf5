import type { ITheme } from '@xterm/xterm'

/** The sixteen colours of terminals on a light ground, each readable on it; xterm.js's own are made for a dark one. */
const ON_LIGHT: ITheme = {
  black: '#1f2328',
  red: '#b3261e',
  green: '#1a6b32',
  yellow: '#7a5200',
  blue: '#0b57b0',
  magenta: '#8a3090',
  cyan: '#0f6670',
  white: '#5b626b',
  brightBlack: '#5b626b',
  brightRed: '#c4352c',
  brightGreen: '#237a3c',
  brightYellow: '#8a5e00',
  brightBlue: '#1f6ac6',
  brightMagenta: '#9c3fa3',
  brightCyan: '#147680',
  brightWhite: '#1f2328',
}

/** As the page looks at this moment. */
export function coloursNow(): ITheme {
  const probe = document.createElement('span')
  probe.style.cssText =
    'background-color:var(--sunken);color:var(--ink);border-color:var(--accent);outline-color:var(--pressed)'
  document.body.append(probe)
  const { backgroundColor, color, borderTopColor, outlineColor, colorScheme } = getComputedStyle(probe)
  const colours = {
    background: backgroundColor,
    foreground: color,
    cursor: borderTopColor,
    cursorAccent: backgroundColor,
    selectionBackground: outlineColor,
  }
  probe.remove()
  return isDark(colorScheme) ? colours : { ...ON_LIGHT, ...colours }
}

function isDark(scheme: string): boolean {
  return scheme === 'dark' || (scheme !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches)
}

/** Tells the colours anew whenever a person or their system changes the theme; what comes back ends that. */
export function followTheme(onChange: (colours: ITheme) => void): () => void {
  const tell = () => onChange(coloursNow())
  const root = new MutationObserver(tell)
  root.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  const system = window.matchMedia('(prefers-color-scheme: dark)')
  system.addEventListener('change', tell)
  return () => {
    root.disconnect()
    system.removeEventListener('change', tell)
  }
}
