/** The second reader of rclone.conf: sections and `key = value` lines, as the INI reader of rclone takes them apart. */
export function readIni(text: string): Record<string, Record<string, string>> {
  const sections: Record<string, Record<string, string>> = {}
  let section: Record<string, string> = {}
  for (const line of text.split(/\r\n|[\n\r\u2028\u2029\u0085]/)) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue
    if (trimmed.startsWith('[') && trimmed.endsWith(']')) {
      section = sections[trimmed.slice(1, -1)] ??= {}
      continue
    }
    const cut = trimmed.search(/[=:]/)
    section[trimmed.slice(0, cut).trim()] = trimmed.slice(cut + 1).trim()
  }
  return sections
}
