/// A change feed: what was committed, in its order, and then each commit as it comes.
///
/// ```swift
/// for try await event in store.changes(after: lastPos) {
///   show(event)
///   lastPos = event.pos
/// }
/// ```
///
/// It is read from a position, in small pages, each in its own snapshot. The tables are the buffer: a
/// slow reader costs no memory and loses nothing. To go on later, also in another process, begin after
/// the position of the last element.
///
/// It ends when its task is cancelled or the store is closed.
public struct Feed<Element: Sendable>: AsyncSequence, Sendable {
  typealias Page = (elements: [Element], position: Int64)

  let store: RunStore
  let signal: ChangeSignal
  let position: Int64
  let readPage: @Sendable (Int64) throws -> Page

  /// Starts at the sequence's position.
  public func makeAsyncIterator() -> Iterator {
    Iterator(feed: self)
  }

  /// One walk along a feed.
  public struct Iterator: AsyncIteratorProtocol {
    private let feed: Feed
    private var position: Int64
    private var page: [Element] = []
    private var next = 0

    init(feed: Feed) {
      self.feed = feed
      position = feed.position
    }

    /// The next element, waited for if there is none yet.
    public mutating func next() async throws -> Element? {
      if next < page.count {
        next += 1
        return page[next - 1]
      }
      page = []
      next = 0
      try feed.store.notifier.start()
      while !Task.isCancelled {
        let generation = feed.signal.generation
        guard !feed.signal.isClosed else { return nil }
        let before = position
        (page, position) = try feed.readPage(position)
        if let first = page.first {
          next = 1
          return first
        }
        // A page may be of nothing but what retention has removed.
        if position > before { continue }
        await feed.signal.wait(after: generation)
      }
      return nil
    }
  }
}
