import { WebAPIPlatformError } from '@slack/web-api'

/** Did Slack itself refuse a call with this code, e.g. `missing_scope`? */
export function refusedWith(error: unknown, code: string): boolean {
  return error instanceof WebAPIPlatformError && error.data.error === code
}
