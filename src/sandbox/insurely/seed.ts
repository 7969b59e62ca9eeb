/** What a client of this sandbox is configured with; worth nothing anywhere else. */
export const INSURELY_SANDBOX_SEED = {
  apiKey: 'sandbox-insurely-key',
  version: '2026-04-01',
  /** Any twelve digits will do. */
  personalNumber: '199001011234',
  webhookSecret: 'sandbox-insurely-webhook-secret',
} as const
