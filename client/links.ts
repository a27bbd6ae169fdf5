import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { Said } from '@/client/said'
import { runs } from '@/client/viewer'

/** What a link in the console leads to. */
export interface ScreenLink {
  workloadId: string
  /** Origin of the console that made it. */
  at: string
}

const WORKLOAD = /^\/(wkl_[0-9a-hjkmnp-tv-z]{26})$/

/** `holdfast://console/wkl_…?at=https://holdfast.example`. Any page on the web can hold one, so nothing else passes. */
export function readLink(text: string): ScreenLink {
  const url = URL.parse(text)
  const [, workloadId] = (url?.protocol === 'holdfast:' && url.host === 'console' && WORKLOAD.exec(url.pathname)) || []
  const at = url?.searchParams.get('at')
  if (workloadId === undefined || !at) throw new Said('This is no link to a screen.')
  return { workloadId, at }
}

const DESKTOP_FILE = 'holdfast-client.desktop'

/** A word of `Exec` (Desktop Entry Specification, "The Exec key"): quoted, and without field codes. */
function quoted(word: string): string {
  return `"${word.replace(/[\\"`$]/g, '\\$&').replaceAll('%', '%%')}"`
}

/** In a terminal, since what it says is all that it has to say. */
export function desktopFile(node: string, program: string): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Holdfast screens',
    `Exec=${quoted(node)} ${quoted(program)} open %u`,
    'Terminal=true',
    'NoDisplay=true',
    'MimeType=x-scheme-handler/holdfast;',
    '',
  ].join('\n')
}

/** Links of `holdfast:` open here from now on; returns the file that says so. Linux desktops alone. */
export async function registerLinks(node: string, program: string, variables: NodeJS.ProcessEnv): Promise<string> {
  if (process.platform !== 'linux')
    throw new Said('Links can be registered on Linux only; use "holdfast console NAME".')
  const place = path.join(variables.XDG_DATA_HOME ?? path.join(homedir(), '.local/share'), 'applications')
  mkdirSync(place, { recursive: true })
  const file = path.join(place, DESKTOP_FILE)
  writeFileSync(file, desktopFile(node, program))
  await runs('update-desktop-database', [place])
  if (!(await runs('xdg-mime', ['default', DESKTOP_FILE, 'x-scheme-handler/holdfast']))) {
    throw new Said(`${file} is written, but xdg-mime did not take it; is the package xdg-utils installed?`)
  }
  return file
}
