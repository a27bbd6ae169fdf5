/** How one character is made on a keyboard. */
export interface Stroke {
  /** Where the key is, as in `KeyboardEvent.code`. */
  code: string
  shift: boolean
  altGr: boolean
  /** It shows only together with the next key; a space behind it makes it stand alone. */
  isDead: boolean
}

interface Layout {
  title: string
  /** What the keys of `KEYS` make, row by row; a space: nothing. */
  plain: readonly string[]
  shift: readonly string[]
  altGr: Readonly<Record<string, string>>
  dead: string
}

const LETTERS = (letters: string) => [...letters].map((letter) => `Key${letter}`)
const DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((digit) => `Digit${digit}`)

/** The four rows of a board, named as browsers name them: by what they are in the United States. */
const KEYS: readonly (readonly string[])[] = [
  ['Backquote', ...DIGITS, 'Minus', 'Equal'],
  [...LETTERS('QWERTYUIOP'), 'BracketLeft', 'BracketRight', 'Backslash'],
  [...LETTERS('ASDFGHJKL'), 'Semicolon', 'Quote'],
  ['IntlBackslash', ...LETTERS('ZXCVBNM'), 'Comma', 'Period', 'Slash'],
]

/** As in the definitions of X.Org (`xkeyboard-config`), of what they have in common with those of Windows. */
export const LAYOUTS = {
  us: {
    title: 'English (US)',
    plain: ['`1234567890-=', 'qwertyuiop[]\\', "asdfghjkl;'", ' zxcvbnm,./'],
    shift: ['~!@#$%^&*()_+', 'QWERTYUIOP{}|', 'ASDFGHJKL:"', ' ZXCVBNM<>?'],
    altGr: {},
    dead: '',
  },
  gb: {
    title: 'English (UK)',
    plain: ['`1234567890-=', 'qwertyuiop[]#', "asdfghjkl;'", '\\zxcvbnm,./'],
    shift: ['¬!"£$%^&*()_+', 'QWERTYUIOP{}~', 'ASDFGHJKL:@', '|ZXCVBNM<>?'],
    altGr: { '€': 'Digit4' },
    dead: '',
  },
  de: {
    title: 'German',
    plain: ['^1234567890ß´', 'qwertzuiopü+#', 'asdfghjklöä', '<yxcvbnm,.-'],
    shift: ['°!"§$%&/()=?`', "QWERTZUIOPÜ*'", 'ASDFGHJKLÖÄ', '>YXCVBNM;:_'],
    altGr: {
      '²': 'Digit2',
      '³': 'Digit3',
      '{': 'Digit7',
      '[': 'Digit8',
      ']': 'Digit9',
      '}': 'Digit0',
      '\\': 'Minus',
      '@': 'KeyQ',
      '€': 'KeyE',
      '~': 'BracketRight',
      '|': 'IntlBackslash',
      µ: 'KeyM',
    },
    dead: '^´`',
  },
  fr: {
    title: 'French',
    plain: ['²&é"\'(-è_çà)=', 'azertyuiop^$*', 'qsdfghjklmù', '<wxcvbn,;:!'],
    shift: [' 1234567890°+', 'AZERTYUIOP¨£µ', 'QSDFGHJKLM%', '>WXCVBN?./§'],
    altGr: {
      '#': 'Digit3',
      '{': 'Digit4',
      '[': 'Digit5',
      '|': 'Digit6',
      '\\': 'Digit8',
      '@': 'Digit0',
      ']': 'Minus',
      '}': 'Equal',
      '€': 'KeyE',
    },
    dead: '^¨',
  },
} as const satisfies Readonly<Record<string, Layout>>

export type LayoutName = keyof typeof LAYOUTS

const SAME_EVERYWHERE: Readonly<Record<string, string>> = { ' ': 'Space', '\n': 'Enter', '\t': 'Tab' }

/** Every character that a keyboard of this layout makes with at most one more key. */
export function strokesOf(name: LayoutName): ReadonlyMap<string, Stroke> {
  const { plain, shift, altGr, dead }: Layout = LAYOUTS[name]
  const strokes = new Map<string, Stroke>()
  const add = (character: string, code: string, held: Partial<Stroke> = {}) => {
    if (strokes.has(character)) return
    strokes.set(character, { code, shift: false, altGr: false, isDead: dead.includes(character), ...held })
  }
  for (const [character, code] of Object.entries(SAME_EVERYWHERE)) add(character, code)
  for (const [row, codes] of KEYS.entries()) {
    for (const [at, code] of codes.entries()) {
      const [low, high] = [plain[row]?.[at] ?? ' ', shift[row]?.[at] ?? ' ']
      if (low !== ' ') add(low, code)
      if (high !== ' ') add(high, code, { shift: true })
    }
  }
  for (const [character, code] of Object.entries(altGr)) add(character, code, { altGr: true })
  return strokes
}

/** What of a text a layout has no key for, each once. */
export function notIn(text: string, name: LayoutName): string[] {
  const strokes = strokesOf(name)
  return [...new Set(text)].filter((character) => !strokes.has(character))
}
