/** A key as X11 names what it means (`keysymdef.h`), and as browsers name where it is on the board. */
export type Key = readonly [symbol: number, code: string]

const CONTROL: Key = [0xffe3, 'ControlLeft']
const ALT: Key = [0xffe9, 'AltLeft']
const SUPER: Key = [0xffeb, 'MetaLeft']
const F1_SYMBOL = 0xffbe

/** What people need of a machine, and their own system keeps to itself. Pressed in this order. */
export const COMBINATIONS: readonly { label: string; keys: readonly Key[] }[] = [
  { label: 'Ctrl-Alt-Del', keys: [CONTROL, ALT, [0xffff, 'Delete']] },
  { label: 'Ctrl-Alt-Backspace', keys: [CONTROL, ALT, [0xff08, 'Backspace']] },
  { label: 'Alt-Tab', keys: [ALT, [0xff09, 'Tab']] },
  { label: 'Alt-F4', keys: [ALT, functionKey(4)] },
  { label: 'Windows', keys: [SUPER] },
  { label: 'Escape', keys: [[0xff1b, 'Escape']] },
  { label: 'Print screen', keys: [[0xff61, 'PrintScreen']] },
]

/** Text consoles of Linux. */
export const TEXT_CONSOLES: readonly { label: string; keys: readonly Key[] }[] = [1, 2, 3, 4, 5, 6, 7].map((at) => ({
  label: `Ctrl-Alt-F${at}`,
  keys: [CONTROL, ALT, functionKey(at)],
}))

function functionKey(number: number): Key {
  return [F1_SYMBOL + number - 1, `F${number}`]
}
