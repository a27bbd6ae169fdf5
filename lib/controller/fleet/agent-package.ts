import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** The archive in this folder with the checksum that was written when it was made; null when there is none. */
export function agentPackage(directory: string): { file: string; sha256: string } | null {
  let names: string[]
  try {
    names = readdirSync(directory)
  } catch {
    return null
  }
  const checksum = names.find((name) => /^holdfast-agent-linux-\w+\.tar\.gz\.sha256$/.test(name))
  if (!checksum) return null
  const match = /^([0-9a-f]{64}) {2}(\S+)$/m.exec(readFileSync(path.join(directory, checksum), 'utf8'))
  const [, sha256, file] = match ?? []
  return sha256 && file && names.includes(file) ? { file, sha256 } : null
}
