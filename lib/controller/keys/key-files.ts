import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { HoldfastError } from '@/lib/errors'
import { replaceFile } from '@/lib/replace-file'

/** The controller's private directory: 0700, files 0600, each written whole or not at all. */
export interface KeyFiles {
  /** Undefined when there is no such file. Throws `unavailable` when there is one that cannot be read. */
  read(name: string): string | undefined
  write(name: string, content: string): void
}

export function openKeyFiles(directory: string): KeyFiles {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    chmodSync(directory, 0o700)
  } catch (error) {
    throw new HoldfastError(
      'invalid_input',
      `The controller cannot use its directory ${directory}; check its owner and mode.`,
      {
        fields: [{ field: 'HOLDFAST_CONTROLLER_DIR', message: 'must be a directory that the controller can write to' }],
        cause: error,
      },
    )
  }
  return {
    read(name) {
      const file = path.join(directory, name)
      try {
        return readFileSync(file, 'utf8')
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        // Anything else must not be taken for "not made yet": a new file would take the place of the keys.
        if (code === 'ENOENT') return undefined
        throw new HoldfastError(
          'unavailable',
          `The file ${file} cannot be read (${code}). Give it back to the user of the controller, mode 0600, or restore it from a backup.`,
          { cause: error },
        )
      }
    },
    write(name, content) {
      replaceFile(path.join(directory, name), content)
    },
  }
}
