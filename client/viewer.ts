import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

interface Screen {
  /** On 127.0.0.1. */
  port: number
  title: string
}

/** A file that `remote-viewer` opens, and deletes (`virt-viewer`, remote-viewer(1), "Connection file"). */
export function connectionFile({ port, title }: Screen): string {
  // A name with a line break in it would be a setting of its own.
  const name = title.replace(/\p{Cc}/gu, ' ')
  return [
    '[virt-viewer]',
    'type=vnc',
    'host=127.0.0.1',
    `port=${port}`,
    `title=${name} - Holdfast`,
    'delete-this-file=1',
    '',
  ].join('\n')
}

function writeConnectionFile(screen: Screen): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'holdfast-')), 'screen.vv')
  writeFileSync(file, connectionFile(screen), { mode: 0o600 })
  return file
}

/** The program, and what it gets; two colons mean a port and no number of a display (vncviewer(1)). */
type Viewer = readonly [program: string, ...args: string[]]

function viewersOf(screen: Screen, platform: NodeJS.Platform): Viewer[] {
  const address = `127.0.0.1::${screen.port}`
  // Screen Sharing comes with the system.
  if (platform === 'darwin') return [['open', `vnc://127.0.0.1:${screen.port}`]]
  return [
    ['remote-viewer', writeConnectionFile(screen)],
    ['vncviewer', address],
    ['xtigervncviewer', address],
  ]
}

/** Starts the one that was asked for, or the first that is there. False: there is none. */
export async function startViewer(
  screen: Screen,
  wanted: string | undefined,
  platform: NodeJS.Platform = process.platform,
): Promise<boolean> {
  const viewers: Viewer[] = wanted ? [[wanted, `127.0.0.1::${screen.port}`]] : viewersOf(screen, platform)
  for (const [program, ...args] of viewers) if (await starts(program, args)) return true
  return false
}

function starts(program: string, args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true })
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
    child.once('error', () => resolve(false))
  })
}

/** Runs a program of the desktop to its end. False: it is not there, or failed. */
export function runs(program: string, args: string[]): Promise<boolean> {
  return new Promise((resolve) => execFile(program, args, (error) => resolve(error === null)))
}
