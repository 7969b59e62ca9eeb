/** Maps in order, with at most `limit` under way at once. Rejects as the first that rejects. */
export const mapParallel = async <T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T) => Promise<R>,
): Promise<readonly R[]> => {
  if (items.length <= limit) return await Promise.all(items.map((item) => map(item)))
  const results = Array.from<R>({ length: items.length })
  // Shared by the workers: each takes the next item that nobody has.
  const queue = items.entries()
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await map(item)
  }
  await Promise.all(Array.from({ length: limit }, work))
  return results
}
