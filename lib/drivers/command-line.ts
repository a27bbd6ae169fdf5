import type { Command } from '@/lib/drivers/contract/mount-request'

/** One command as a person would type it, quoted only where a shell needs it. */
export function commandLine({ command, args }: Command): string {
  return [command, ...args].map(shellWord).join(' ')
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./[\]…-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
