import { systemClock } from '../../domain/clock.ts'
import type { RootKeys } from '../../services/root-key.ts'
import { createStatementTrust } from '../../services/statement-trust.ts'
import type { StoreContents } from '../../store/inspection/reading.ts'
import { fault, fine, type Finding, warning } from './finding.ts'

const SUBJECT = 'receipt keys'

/** What the keys that have signed receipts need of `CONSENTGRAPH_ENCRYPTION_KEYS`, now and before the next change of them. */
export const describeReceiptKeys = async (
  { usedStatementKeys, statementEndorsements }: StoreContents,
  keys: RootKeys,
): Promise<readonly Finding[]> => {
  const reads = {
    used: () => Promise.resolve(usedStatementKeys),
    endorsements: () => Promise.resolve(statementEndorsements),
  }
  const { believe, doubtsOf } = createStatementTrust(reads, keys, systemClock)
  const { lost, unsaid, sharedId } = doubtsOf(await believe())
  const findings = [
    ...(sharedId === null
      ? []
      : [
          fault(
            SUBJECT,
            `key "${sharedId}" has the id of an earlier key that signed receipts: no gateway starts with it.`,
            'Give it an id that was never used.',
          ),
        ]),
    ...lost.map(({ id, until }) =>
      warning(
        SUBJECT,
        `key "${id}" signed receipts until ${until.toISOString()}, and no key that is set vouches for it: they verify nowhere.`,
        'Put it back behind the others, and run `consentgraph keys rewrap` before you take it out again. If it never was yours, somebody wrote to the database.',
      ),
    ),
    ...unsaid.map(({ id }) =>
      warning(
        SUBJECT,
        `the first key does not vouch for "${id}" yet, whose receipts would verify nowhere after the next change of keys.`,
        'Start a gateway with these keys, or run `consentgraph keys rewrap`, before you take a key out.',
      ),
    ),
  ]
  return findings.length > 0 ? findings : [fine(SUBJECT, 'the receipts of every key verify.')]
}
