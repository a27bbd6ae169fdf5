import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** From the top of the checkout, where tests and benchmarks run: the latter are bundles that lie elsewhere. */
const SCRIPT = resolve('testing/libvirt/start-libvirtd.sh')
const START_MS = 60_000

/** libvirtd on this machine, for one test file: its machines are QEMU without KVM. */
export interface RealLibvirtd {
  uri: string
  /** Its files lie below this, under their usual paths. */
  directory: string
  /** What virsh prints. Throws with what it says. */
  virsh(...args: string[]): string
  close(): Promise<void>
}

export async function startLibvirtd(): Promise<RealLibvirtd> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-libvirt-'))
  const uri = `qemu+unix:///system?socket=${directory}/libvirt-sock`
  const daemon = spawn('unshare', ['--mount', 'sh', SCRIPT, directory], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  daemon.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const gone = new Promise<void>((resolve) => daemon.once('exit', () => resolve()))
  const virsh = (...args: string[]) =>
    execFileSync('virsh', ['--quiet', '--connect', uri, ...args], { encoding: 'utf8', stdio: 'pipe' })
  const answers = () => {
    try {
      return virsh('version', '--daemon').includes('Running against daemon')
    } catch {
      return false
    }
  }
  const close = async () => {
    if (answers()) for (const uuid of virsh('list', '--uuid').split('\n').filter(Boolean)) virsh('destroy', uuid)
    daemon.kill()
    await gone
    rmSync(directory, { recursive: true, force: true })
  }
  for (const endAt = performance.now() + START_MS; !answers(); ) {
    if (daemon.exitCode === null && performance.now() < endAt) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      continue
    }
    said += logOf(directory)
    await close()
    throw new Error(`libvirtd does not start: ${said}`)
  }
  return { uri, directory, virsh, close }
}

function logOf(directory: string): string {
  try {
    return readFileSync(join(directory, 'libvirtd.log'), 'utf8')
  } catch {
    return ''
  }
}
