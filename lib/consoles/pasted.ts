/** Of a text for the clipboard of a machine. As UTF-8 it is within what the relay hands on. */
export const MOST_PASTED_CHARACTERS = 64 * 1024
