import { MAX_RCLONE_CONFIG_LENGTH } from '@/lib/drivers/mounting/rclone-config'
import { MAX_IMPORT_FILES } from '@/lib/imports/format'

/** A text of another system: a file that was chosen or dropped, or what was pasted. */
export interface GivenText {
  name: string
  content: string
}

const PASTED = 'pasted text'

/** What is sent: the files, and what was pasted as one more. */
export function allTexts(files: readonly GivenText[], pasted: string): GivenText[] {
  return pasted.trim() === '' ? [...files] : [...files, { name: PASTED, content: pasted }]
}

/** The files with others added; one of the same name and text is there already. What cannot be taken is said by name. */
export async function withFiles(
  before: readonly GivenText[],
  chosen: readonly File[],
): Promise<{ files: GivenText[]; problem: string | undefined }> {
  const files = [...before]
  const problems: string[] = []
  for (const file of chosen) {
    if (file.size > MAX_RCLONE_CONFIG_LENGTH) {
      problems.push(`${file.name} is too large to be one of these.`)
      continue
    }
    const content = await file.text()
    if (content.trim() === '') problems.push(`${file.name} is empty.`)
    else if (!files.some((other) => other.name === file.name && other.content === content))
      files.push({ name: freeName(file.name, files), content })
  }
  return { files, problem: problems.length === 0 ? undefined : problems.join(' ') }
}

/** Two files may be called alike, such as those of two clusters. */
function freeName(name: string, files: readonly GivenText[]): string {
  let free = name
  for (let next = 2; files.some((other) => other.name === free); next++) free = `${name} (${next})`
  return free
}

/** Why these cannot be sent together; undefined where they can. */
export function excessOf(texts: readonly GivenText[]): string | undefined {
  if (texts.length > MAX_IMPORT_FILES) return `At most ${MAX_IMPORT_FILES} texts are read at once. Remove some.`
  const length = texts.reduce((sum, { content }) => sum + content.length, 0)
  if (length <= MAX_RCLONE_CONFIG_LENGTH) return undefined
  return `Together they have more than ${MAX_RCLONE_CONFIG_LENGTH.toLocaleString('en')} characters. Import them in parts.`
}
