import type { Confinement, ImageSource } from '@/lib/volume-engines/contract/engine'

/** In the place of the directory of whoever reads, which only that knows. */
const DIRECTORY = '{directory}'

/**
 * How a program reads a source whose files lie in `directory`: its location, and the confinement that shows it that and nothing else. It
 * is for what is ours alone too: where the program writes to a storage that others can write to, they might lead it elsewhere.
 */
export function readingOf(source: ImageSource, directory: string): { location: string; confined: Confinement } {
  const { confined, files = {} } = source
  const location = source.location.replaceAll(DIRECTORY, directory)
  const isRemote = location.startsWith('rbd:')
  const own = confined?.readable ?? (isRemote ? [] : [location])
  const readable = [...own, ...Object.keys(files).map((name) => `${directory}/${name}`)]
  return { location, confined: { ...confined, readable, ...(isRemote ? { network: true } : {}) } }
}
