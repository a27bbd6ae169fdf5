/** `User\040Homes`, as fstab and mountinfo write it, is `User Homes`. */
export function unescapeField(text: string): string {
  return text.replace(/\\(040|011|134|043)/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/** Has it a scheme in front? Then it is taken apart as a whole. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
}

export interface PastedUrl {
  /** IPv6 without brackets. */
  host: string
  port: number | undefined
  /** With its first slash, or empty; the end has none. */
  path: string
  user: string | undefined
  password: string | undefined
}

/**
 * The parts of a URL of one of these schemes, `%20` and the like undone; null for any other text. People write "@" and "/" in a
 * password as they are, so it ends at the last "@".
 */
export function urlIn(text: string, schemes: readonly string[]): PastedUrl | null {
  const parts =
    /^(?<scheme>[a-z][a-z0-9+]*):\/\/(?:(?<user>[^/:]*)(?::(?<password>[^/]*))?@|(?<name>[^/@:[\]]*):(?!\d{1,5}(?:\/|$))(?<rest>.*)@)?(?<host>\[[^\]]*\]|[^/:?#@]*)(?::(?<port>\d{1,5}))?(?<path>\/[^?#]*)?$/is.exec(
      text,
    )?.groups
  if (parts?.scheme === undefined || !schemes.includes(parts.scheme.toLowerCase()) || !parts.host) return null
  const { user = parts.name, password = parts.rest, path = '' } = parts
  return {
    host: parts.host.replace(/^\[(.*)\]$/, '$1'),
    port: parts.port === undefined ? undefined : Number(parts.port),
    path: decoded(path).replace(/\/+$/, ''),
    user: user ? decoded(user) : undefined,
    password: password ? decoded(password) : undefined,
  }
}

/** `%20` and the like undone. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A "%" that begins no code stands for itself.
    return text
  }
}
