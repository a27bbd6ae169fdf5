/** Something that went wrong and that a person can read as it is. */
export class Said extends Error {}
