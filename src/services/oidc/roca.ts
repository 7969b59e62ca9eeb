/** The odd primes that divide the constant of every key size: Nemec et al., "The Return of Coppersmith's Attack", 2017. */
const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
]
const GENERATOR = 65_537

const powersIn = (prime: number): ReadonlySet<number> => {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * GENERATOR) % prime) powers.add(power)
  return powers
}

const SUBGROUPS = PRIMES.map((prime) => ({ prime: BigInt(prime), powers: powersIn(prime) }))

/** CVE-2017-15361: chips that made primes of one form, so that the modulus is a power of 65537 by every small prime. */
export const hasRocaWeakness = (modulus: bigint): boolean =>
  SUBGROUPS.every(({ prime, powers }) => powers.has(Number(modulus % prime)))
