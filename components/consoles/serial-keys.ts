/** What a phone has no keys for, and browsers keep to themselves, as terminals send it. */
export const SERIAL_KEYS: readonly { label: string; text: string }[] = [
  { label: 'Enter', text: '\r' },
  { label: 'Ctrl-C', text: '\x03' },
  { label: 'Ctrl-D', text: '\x04' },
  { label: 'Ctrl-Z', text: '\x1a' },
  { label: 'Ctrl-W', text: '\x17' },
  { label: 'Escape', text: '\x1b' },
  { label: 'Tab', text: '\t' },
  { label: 'Up', text: '\x1b[A' },
  { label: 'Down', text: '\x1b[B' },
]
