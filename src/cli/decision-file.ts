import { readFileSync } from 'node:fs'
import { parseJson } from '../http/json.ts'
import { formatProblems } from '../policy/problem.ts'
import { parseYaml } from '../policy/yaml-file.ts'

/** A decision as somebody wrote it down, not checked yet, or what is wrong with the file, in lines that people read. */
export type DecisionFile =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly problem: string }

/**
 * Reads a decision from a JSON or YAML file. JSON is taken as strictly as the API takes it.
 * @param file its path; `-` is the standard input
 * @param stdin reads the standard input to its end
 */
export function readDecisionFile(file: string, stdin: () => string): DecisionFile {
  const name = file === '-' ? 'standard input' : file
  let text: string
  try {
    text = file === '-' ? stdin() : readFileSync(file, 'utf8')
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { ok: false, problem: `error: ${unreadable(name, error)}\n` }
  }
  if (text.trim() === '') return { ok: false, problem: `error: ${name} is empty; it must hold a decision.\n` }
  if (file.endsWith('.json') || isJson(text)) {
    const json = parseJson(Buffer.from(text))
    return json.ok ? { ok: true, body: json.value } : { ok: false, problem: `${name} error: ${ofFile(json.detail)}\n` }
  }
  const yaml = parseYaml({ path: name, text })
  return yaml.ok ? { ok: true, body: yaml.file.value } : { ok: false, problem: formatProblems(yaml.problems) }
}

function unreadable(name: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `There is no file ${name}.`
  if (code === 'EISDIR') return `${name} is a folder. Give the file with the decision.`
  return `${name} cannot be read: ${message}.`
}

// The API speaks of the body of a request.
function ofFile(detail: string): string {
  return detail.replace(/^The body/, 'This').replace(': the body ends too early', ': it ends too early')
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
