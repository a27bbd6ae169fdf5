import { HoldfastError } from '@/lib/errors'

/**
 * One word of ExecStart as systemd.service(5) reads it back: `%` and `$` have a meaning even inside quotes, a line break ends
 * the setting.
 */
export function quoteUnitWord(word: string): string {
  for (const character of word) {
    const code = character.charCodeAt(0)
    if (code < 0x20 || code === 0x7f) {
      throw new HoldfastError('invalid_input', 'A value for a service has control characters in it.')
    }
  }
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')
  return `"${escaped}"`
}

const ENVIRONMENT_NAME = /^[A-Z][A-Z0-9_]{0,63}$/

/** systemd.exec(5) EnvironmentFile: double quotes, with backslash before `"`, backslash, backquote and `$`. */
export function renderEnvironment(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => {
      if (!ENVIRONMENT_NAME.test(name) || /[\p{Cc}]/u.test(value)) {
        throw new HoldfastError('invalid_input', 'An environment value for a service is not acceptable.')
      }
      return `${name}="${value.replace(/["\\`$]/g, '\\$&')}"\n`
    })
    .join('')
}
