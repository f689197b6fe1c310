/** Text that others wrote, for a terminal: what would steer it, or not be seen, is shown as its code. Line ends stay. */
export function printable(text: string): string {
  return text.replace(/[^\P{C}\n\t]|[\u2028\u2029]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
