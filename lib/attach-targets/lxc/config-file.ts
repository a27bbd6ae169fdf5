import { z } from 'zod'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { HoldfastError } from '@/lib/errors'
import { programText } from '@/lib/program-text'

const FILE_MS = 20_000

/** The configuration of a container of plain LXC. */
export interface ConfigFile {
  path: string
  /** Each byte a sign, so that what is not ours is written back as it was. */
  text: string
}

const Answer = z.object({ ok: z.object({ text: z.string().nullable(), refused: z.string().nullable() }) })
type Answer = z.infer<typeof Answer>['ok']

/** In a process of its own, since containers may lie on a storage that does not answer: it may use nothing from outside. */
function workOnFile(path: string, change: { before: string; after: string } | null): Answer {
  const fs = process.getBuiltinModule('node:fs')
  const refuse = (refused: string) => ({ text: null, refused })
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
    const file = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const { uid, gid, mode, size } = fs.fstatSync(file)
    const text = fs.fstatSync(file).isFile() && size <= 1024 * 1024 ? fs.readFileSync(file, 'latin1') : null
    fs.closeSync(file)
    if (text === null) return refuse('is no file that could be read')
    if (change === null) return { text, refused: null }
    if (text !== change.before) return refuse('was changed by somebody else in this moment')
    const beside = `${path}.holdfast-new`
    fs.rmSync(beside, { force: true })
    const made = fs.openSync(beside, 'wx', 0o600)
    fs.writeFileSync(made, change.after, 'latin1')
    fs.fchownSync(made, uid, gid)
    fs.fchmodSync(made, mode & 0o7777)
    fs.fsyncSync(made)
    fs.closeSync(made)
    fs.renameSync(beside, path)
    return { text: change.after, refused: null }
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    return refuse(code === 'ELOOP' ? 'is a link' : `cannot be changed or read (${code})`)
  }
}

/** Throws `conflict` with what is wrong with it. */
export async function readConfig(host: TargetHost, name: string): Promise<ConfigFile> {
  const { stdout } = await host.run('lxc-config', ['lxc.lxcpath'])
  const path = `${stdout.trim().replace(/\/$/, '')}/${name}/config`
  return { path, text: await inChild(host, path, null) }
}

/** In one moment, and only where it is still as it was read. */
export async function writeConfig(host: TargetHost, { path, text }: ConfigFile, after: string): Promise<void> {
  if (after !== text) await inChild(host, path, { before: text, after })
}

async function inChild(host: TargetHost, path: string, change: Parameters<typeof workOnFile>[1]): Promise<string> {
  const script = programText(workOnFile, [path, change])
  const { stdout } = await host.run('node', ['-e', script], { timeoutMs: FILE_MS, evaluates: true })
  const { text, refused } = Answer.parse(JSON.parse(stdout)).ok
  if (text !== null) return text
  throw new HoldfastError('conflict', `The configuration of the container, ${path}, ${refused}.`)
}
