/**
 * Opens a directory below `root` by going down one name after the other, none of which may be a link or lead to another file system; so
 * nobody who can write to the storage leads a look elsewhere. It is a part of programs, so it may use nothing from outside.
 */
export function openBelow(root: string, parts: readonly string[]): number {
  const fs = process.getBuiltinModule('node:fs')
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants
  let fd = fs.openSync(root, O_RDONLY | O_DIRECTORY)
  try {
    const { dev } = fs.fstatSync(fd, { bigint: true })
    for (const part of parts) {
      const below = fs.openSync(`/proc/self/fd/${fd}/${part}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      fs.closeSync(fd)
      fd = below
      if (fs.fstatSync(fd, { bigint: true }).dev !== dev) throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' })
    }
    return fd
  } catch (error) {
    fs.closeSync(fd)
    throw error
  }
}
