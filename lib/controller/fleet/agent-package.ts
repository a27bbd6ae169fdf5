import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** The packaged agent that this controller hands out. */
export interface AgentPackage {
  file: string
  sha256: string
  /** Null: of a build that did not write it down; hosts are not updated with it. */
  version: string | null
}

/** The archive in this folder with the checksum that was written when it was made; null when there is none. */
export function agentPackage(directory: string): AgentPackage | null {
  let names: string[]
  try {
    names = readdirSync(directory)
  } catch {
    return null
  }
  const read = (name: string) => readFileSync(path.join(directory, name), 'utf8')
  const checksum = names.find((name) => /^holdfast-agent-linux-\w+\.tar\.gz\.sha256$/.test(name))
  if (!checksum) return null
  const match = /^([0-9a-f]{64}) {2}(\S+)$/m.exec(read(checksum))
  const [, sha256, file] = match ?? []
  if (!sha256 || !file || !names.includes(file)) return null
  return { file, sha256, version: names.includes(`${file}.version`) ? read(`${file}.version`).trim() : null }
}
