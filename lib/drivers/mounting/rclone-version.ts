import { unreadableOutput } from '@/lib/drivers/problems/problem'

export interface RcloneVersion {
  text: string
  major: number
  minor: number
}

/** First line of `rclone version`: `rclone v1.60.1-DEV`. Throws `command_failed` when it is not there. */
export function parseRcloneVersion(stdout: string): RcloneVersion {
  const match = /^rclone v(?<text>(?<major>\d+)\.(?<minor>\d+)\S*)\s*$/m.exec(stdout)
  if (match?.groups === undefined) {
    throw unreadableOutput('rclone', 'did not print its version')
  }
  return { text: match.groups.text ?? '', major: Number(match.groups.major), minor: Number(match.groups.minor) }
}

/** Remote control over a unix socket came after 1.60; 1.62 is the first that surely has it. */
export function hasSocketControl(version: RcloneVersion): boolean {
  return version.major > 1 || version.minor >= 62
}
